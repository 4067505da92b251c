"""Pictures out of uploads, by Pillow: a room that a site may have or not (extra `media`).

What decodes files of strangers runs in processes of its own, with little memory, little time and no secrets.
"""
