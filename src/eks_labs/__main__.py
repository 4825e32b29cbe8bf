"""`python -m eks_labs` is `labs`."""

from eks_labs.cli import main

if __name__ == "__main__":
    main()
