mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name                 = "fotograma-test"
  cluster_name         = "fotograma-test"
  cidr_block           = "10.0.0.0/16"
  public_subnet_cidrs  = ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]
  private_subnet_cidrs = ["10.0.32.0/19", "10.0.64.0/19", "10.0.96.0/19"]
}

run "each_zone_has_its_way_out" {
  assert {
    condition     = length(aws_nat_gateway.this) == 3 && length(aws_route_table.private) == 3
    error_message = "Three zones, three NAT gateways."
  }

  assert {
    condition     = alltrue([for zone, route in aws_route.nat : route.nat_gateway_id == aws_nat_gateway.this[zone].id])
    error_message = "A zone must not depend on another's NAT gateway."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.private : subnet.tags["karpenter.sh/discovery"] == "fotograma-test"])
    error_message = "Karpenter finds no subnet."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : subnet.tags["kubernetes.io/role/elb"] == "1"])
    error_message = "Load balancers find no subnet."
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.gateway)) == toset(["s3", "dynamodb"])
    error_message = "S3 and DynamoDB must be reached past the NAT gateways."
  }
}

run "one_way_out_for_all" {
  variables {
    single_nat_gateway = true
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 3
    error_message = "One NAT gateway, which every zone uses."
  }
}

run "two_zones_are_too_few" {
  command = plan

  variables {
    public_subnet_cidrs = ["10.0.0.0/24", "10.0.1.0/24"]
  }

  expect_failures = [var.public_subnet_cidrs]
}

run "a_subnet_is_public_or_private" {
  command = plan

  variables {
    private_subnet_cidrs = ["10.0.0.0/24", "10.0.64.0/19", "10.0.96.0/19"]
  }

  expect_failures = [var.private_subnet_cidrs]
}
