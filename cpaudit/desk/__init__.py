"""What notebooks call where a page needs files read: loaders and definition files composed with views, nothing else."""
