"""A small microblogging site on Django. Django draws pages and reads forms; what happens is core's."""
