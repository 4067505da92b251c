"""The command line `microblog`: thin commands over the site's services, each imported only when it runs."""
