mock_provider "aws" {
  source = "../../tests/mocks"
}

mock_provider "tls" {
  source = "../../tests/mocks"
}

variables {
  cluster_name        = "fotograma-test"
  kubernetes_version  = "1.35"
  subnet_ids          = ["subnet-1", "subnet-2", "subnet-3"]
  public_access_cidrs = ["203.0.113.0/24"]
  access_entries = {
    admin = { principal_arn = "arn:aws:iam::123456789012:user/admin", policy = "AmazonEKSClusterAdminPolicy" }
  }
}

run "only_who_is_named" {
  assert {
    condition     = !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions && keys(aws_eks_access_entry.this) == ["admin"]
    error_message = "Somebody else is an administrator."
  }

  assert {
    condition     = length(aws_eks_cluster.this.enabled_cluster_log_types) == 5
    error_message = "Not all logs of the control plane are kept."
  }
}

run "network_policies_are_enforced" {
  assert {
    condition     = jsondecode(aws_eks_addon.vpc_cni.configuration_values).enableNetworkPolicy == "true"
    error_message = "NetworkPolicies would be accepted and ignored."
  }
}

run "closed_from_outside" {
  variables {
    public_access_cidrs = []
  }

  assert {
    condition     = !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "An empty list of CIDR blocks is AWS's word for all of them."
  }
}

run "not_open_to_everybody" {
  command = plan

  variables {
    public_access_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.public_access_cidrs]
}
