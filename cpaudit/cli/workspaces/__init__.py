"""The commands about workspaces: one made, its definitions listed, copied, checked, and held against a newer program."""
