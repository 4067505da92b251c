"""A payment gateway for Microblog: tips in reais by Pix."""
