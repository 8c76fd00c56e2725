"""One module a subcommand: ``configure(parser)`` declares arguments, ``run(args)`` does the work.

``run`` returns the exit status: 0 done, 1 the answer is no or something failed, 2 wrong use.
"""
