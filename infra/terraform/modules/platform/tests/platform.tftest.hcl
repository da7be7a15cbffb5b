# From the network to Karpenter, applied onto a mocked AWS.

mock_provider "aws" {
  source = "../../tests/mocks"
}

mock_provider "tls" {
  source = "../../tests/mocks"
}

mock_provider "kubernetes" {}

mock_provider "helm" {}

variables {
  project_name         = "fotograma"
  environment          = "test"
  cidr_block           = "10.0.0.0/16"
  public_subnet_cidrs  = ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]
  private_subnet_cidrs = ["10.0.32.0/19", "10.0.64.0/19", "10.0.96.0/19"]
  single_nat_gateway   = true
  public_access_cidrs  = ["203.0.113.0/24"]
  access_entries       = { admin = { principal_arn = "arn:aws:iam::123456789012:user/admin", policy = "AmazonEKSClusterAdminPolicy" } }
  nodes                = { instance_types = ["m7i.large"], min = 3, max = 6 }
  zone_arn             = "arn:aws:route53:::hostedzone/Z0123456789"
  secret_arns          = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:fotograma/test/auth-a1b2c3"]
  web_acl_arn          = "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/fotograma-test/0123"
  create_spot_role     = true
  protected            = true
}

run "whole" {
  assert {
    condition     = output.cluster_name == "fotograma-test" && output.ready == "fotograma-test"
    error_message = "deploy/k8s knows the cluster's parts by this name."
  }

  assert {
    condition     = toset(keys(output.role_arns)) == toset(["external-dns", "external-secrets", "karpenter", "load-balancer"])
    error_message = "A part of the platform has no role."
  }

  assert {
    condition     = length(output.private_subnet_ids) == 3
    error_message = "Nodes must be in three zones."
  }
}
