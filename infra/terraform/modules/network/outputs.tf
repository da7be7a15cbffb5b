output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "One public subnet for each zone."
  value       = [for zone in local.zones : aws_subnet.public[zone].id]
}

output "private_subnet_ids" {
  description = "One private subnet for each zone."
  value       = [for zone in local.zones : aws_subnet.private[zone].id]
}

output "nat_public_ips" {
  description = "Where requests from inside appear to come from."
  value       = [for address in aws_eip.nat : address.public_ip]
}

output "nat_gateways" {
  description = "NAT gateways by their zone."
  value       = { for zone, gateway in aws_nat_gateway.this : zone => gateway.id }
}
