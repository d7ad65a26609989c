*** Settings ***
Documentation    Robot Framework drives wetread: an item is put into a bot's queue, the bot runs, and what became of it is checked.
...              In this folder: robot --outputdir outbox/robot charges.robot
Library          robot_library.robot    project=${CURDIR}    home=${CURDIR}/.wetread
Library          OperatingSystem

*** Test Cases ***
A Day Is Charged
    Check Bot    charge-capture
    ${item}=    Add Work Item    charge-capture    day=2026-03-27
    ${ended}=    Run Bot    charge-capture
    Should Be Equal    ${ended}[0][item]    ${item}
    Item Should Have Ended As    ${item}    typed
    File Should Exist    ${CURDIR}/outbox/charges-2026-03-27.xlsx

A Day Is Not Charged Twice
    ${item}=    Add Work Item    charge-capture    day=2026-03-27
    Should Be Empty    ${item}

A Day Without A List Is A Person's
    ${item}=    Add Work Item    charge-capture    key=another    day=2026-03-28
    Run Bot    charge-capture
    ${outcome}=    Item Outcome    ${item}
    Should Be Equal    ${outcome}    needs_person
    Run Keyword And Expect Error    *ended needs_person, not typed*    Item Should Have Ended As    ${item}    typed
