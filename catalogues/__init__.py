"""The catalogues of translations: what is extracted from which sources, and how one is kept complete.

`python -m catalogues` brings every `locale/*/LC_MESSAGES/microblog.po` up to date with the sources and
compiles it; `python -m catalogues --missing` names what is left to translate. Not part of any package.
"""
