"""Vaults of a hospital's own, kept by a server: asked each time a bot signs in, so that what is changed there holds at
once. One file each; the makers' libraries are extras, imported when a vault is asked and never before.

    hashicorp   HashiCorp Vault (or OpenBao), the KV engine's second version
    azure       Azure Key Vault
    named       which one the environment names
"""
