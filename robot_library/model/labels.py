"""What the labels of hospital screens mean: whose record it is, in which state an order is, what is final to press.

In the languages whose words we know. A label that is not known means nothing: an author says what it is.
"""

from __future__ import annotations

import re
from typing import Literal

Meaning = Literal[
    "birth_date", "issuer", "accession", "mrn", "name", "family", "given", "order", "study_uid", "report_status",
    "lock", "author", "state", "user", "code",
]  # fmt: skip
PERSON: frozenset[Meaning] = frozenset({"birth_date", "mrn", "name", "family", "given"})
IDENTITY: frozenset[Meaning] = PERSON | {"issuer", "accession", "order", "study_uid"}
STATE: frozenset[Meaning] = frozenset({"report_status", "lock", "author", "state"})
_MEANS: tuple[tuple[Meaning, str], ...] = (
    ("birth_date", r"birth ?date|date of birth|d\.?o\.?b\.?|born( on)?|geburtsdatum|geb\.?(-?datum)?|date de naissance"
                   r"|fecha de nacimiento|data di nascita|geboortedatum"),
    ("issuer", r"(id )?issuer|issuer of (patient id|mrn)|assigning authority|issued by"),
    ("accession", r"accession( ?(no|nr|number|#))?\.?|acc\.? ?(no|nr|#)\.?|auftragsnummer|num[ée]ro d.accession"),
    ("mrn", r"m\.?r\.?n\.?|puid|pid|patient ?(id|no|nr|number)\.?|medical record (no|number)\.?|patientennummer"
            r"|pat(ienten)?\.?-?(nr|id)\.?|hospital (no|number)\.?|n[º°o]\.? de historia|ipp"),
    ("family", r"(family|last) ?name|surname|familienname|nachname|nom de famille|apellidos?|cognome"),
    ("given", r"(given|first) ?names?|forenames?|vorname|pr[ée]nom"),
    ("name", r"patient( ?name)?|name( of (the )?patient)?|full name|patientenname|patient/in|nom du patient"
             r"|paciente|paziente"),
    ("study_uid", r"study ?(instance )?uid"),
    ("order", r"(order|request|requisition|examination|exam|test)( ?(no|nr|number|id|#))?\.?|auftrag|anforderung"),
    ("report_status", r"(report|result)( status| state)?|report ?status|befundstatus"),
    ("lock", r"locked( by)?|lock|in use by|opened by|gesperrt( von)?"),
    ("author", r"(report|result) author|reported by|author|signed by|befunder"),
    ("state", r"((order|request|study) )?(state|status)|zustand|[ée]tat|estado|stato"),
    ("user", r"user( ?name)?|login( ?name)?|account|e-?mail( address)?|benutzer(name)?|utilisateur|identifiant"
             r"|usuario"),
    ("code", r"(one-?time |verification |authenticator |security )?code( from .*)?|otp|pin code|einmalcode"),
)  # fmt: skip
_KNOWN = tuple((meaning, re.compile(words, re.IGNORECASE)) for meaning, words in _MEANS)
_FINAL = re.compile(
    r"\b(save|submit|send|transmit|sign(?! ?(in|on|out|up)\b)|approve|authori[sz]e|finali[sz]e|release|verify|validate"
    r"|confirm|accept|delete|remove|discard|cancel order|complete|finish|apply|store|post|book|dispatch|order now"
    r"|speichern|sichern|senden|absenden|übermitteln|signieren|unterschreiben|freigeben|vidieren|löschen|entfernen"
    r"|bestätigen|abschließen|enregistrer|envoyer|signer|valider|supprimer|confirmer|guardar|enviar|firmar|validar"
    r"|eliminar|borrar|confirmar|salva|invia|firma|convalida|elimina|conferma|opslaan|verzenden|ondertekenen"
    r"|verwijderen|write anyway)\b",
    re.IGNORECASE,
)
_SEEKS = re.compile(
    r"\b(search|find|go|filter|look ?up|refresh|reset filters?|clear|suchen?|filtern|rechercher|chercher|buscar|cerca"
    r"|zoeken)\b",
    re.IGNORECASE,
)
_ENTERS = re.compile(
    r"(log ?[io]n|sign ?[io]n|next|continue|ok|enter|anmelden|einloggen|weiter|connexion|se connecter|entrar|accedi"
    r"|inloggen)",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"(cancel|close|back|previous( page)?|next page|later|skip( all)?|dismiss|no|×|x|abbrechen|schließen|zurück|später"
    r"|fermer|annuler|retour|cerrar|cancelar|chiudi|annulla)",
    re.IGNORECASE,
)
_LEAVES = re.compile(
    r"(log|sign) ?(out|off)|abmelden|ausloggen|(se )?d[ée]connexion|cerrar sesi[óo]n|esci", re.IGNORECASE
)
_STATES = frozenset(
    {
        "none", "nobody", "no-one", "unlocked", "free", "no", "new", "open", "requested", "ordered", "planned",
        "scheduled", "registered", "received", "active", "draft", "pending", "unread", "unreported", "in-progress",
        "arrived", "acquired", "examined", "performed", "completed", "complete", "done", "verified", "preliminary",
        "final", "signed", "waiting", "accepted", "confirmed", "todo", "keiner", "niemand", "neu", "offen",
        "angefordert", "geplant", "aktiv", "entwurf",
    }
)  # fmt: skip


def meaning(label: str) -> Meaning | None:
    """What a label says stands beside it; None if it is not known."""
    text = " ".join(label.split()).strip(" :*?•").casefold()
    return next((word for word, form in _KNOWN if form.fullmatch(text)), None)


def looks_final(name: str) -> bool:
    """Whether a button of this name may make something final."""
    return _FINAL.search(name) is not None


def looks_up(name: str) -> bool:
    """Whether a button or box of this name only looks something up."""
    return _SEEKS.search(name) is not None


def lets_in(name: str) -> bool:
    """Whether a button of this name may lead through a sign-in."""
    return _ENTERS.fullmatch(name.strip()) is not None


def steps_back(name: str) -> bool:
    """Whether a button of this name only closes, or turns pages."""
    return _BACK.fullmatch(name.strip()) is not None


def lets_out(name: str) -> bool:
    """Whether a link of this name ends the session."""
    return _LEAVES.fullmatch(name.strip()) is not None


def is_state(value: str) -> bool:
    """Whether this is one of the words in which systems say an order's state, and so nobody's name."""
    return "-".join(value.split()).casefold() in _STATES
