"""What follows from the decisions: Terraform's variables, GitOps values, workflows', Compose's."""
