terraform {
  required_version = ">= 1.11"

  # The rest of it is in backend.hcl: `terraform init -backend-config=backend.hcl`.
  backend "s3" {
    encrypt      = true
    use_lockfile = true # a lock beside the state, in S3 itself
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.25"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 2.38"
    }
    helm = {
      source  = "hashicorp/helm"
      version = "~> 3.1"
    }
    tls = {
      source  = "hashicorp/tls"
      version = "~> 4.1"
    }
  }
}

provider "aws" {
  region = var.aws_region

  # Activate them as cost allocation tags, and bills say what each costs.
  default_tags {
    tags = local.tags
  }
}

# Both ask the AWS CLI for a token at the moment they need one: a plan may take longer than a token
# lives.

provider "kubernetes" {
  host                   = module.environment.cluster_endpoint
  cluster_ca_certificate = base64decode(module.environment.cluster_certificate_authority)

  exec {
    api_version = local.cluster_token.api_version
    command     = local.cluster_token.command
    args        = local.cluster_token.args
  }
}

provider "helm" {
  kubernetes = {
    host                   = module.environment.cluster_endpoint
    cluster_ca_certificate = base64decode(module.environment.cluster_certificate_authority)
    exec                   = local.cluster_token
  }
}

locals {
  tags = {
    Project     = var.project_name
    Environment = local.environment
    CostCenter  = var.cost_center
    Owner       = var.owner
    Team        = var.team
    ManagedBy   = "terraform"
  }

  cluster_token = {
    api_version = "client.authentication.k8s.io/v1"
    command     = "aws"
    args        = ["eks", "get-token", "--cluster-name", module.environment.cluster_name, "--region", var.aws_region]
  }
}
