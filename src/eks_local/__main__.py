"""`python -m eks_local` is `eks-local`."""

from eks_local.cli import main

main(prog_name="eks-local")
