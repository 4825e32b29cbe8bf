output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

# What uses these subnets needs their way out as well, and must be gone before it goes.
output "public_subnet_ids" {
  description = "Ids of the public subnets, in the order of their zones."
  value       = [for zone in local.zones : aws_subnet.public[zone].id]
  depends_on  = [aws_route_table_association.public]
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, in the order of their zones; empty when there are none."
  value       = [for zone in keys(local.private_cidrs) : aws_subnet.private[zone].id]
  depends_on  = [aws_route_table_association.private]
}

output "control_plane_subnet_ids" {
  description = "Ids of the /28 subnets for a control plane's interfaces, in the order of their zones; empty when there are none."
  value       = [for zone in keys(local.control_plane_cidrs) : aws_subnet.control_plane[zone].id]
}

output "cidr" {
  description = "IPv4 range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "zones" {
  description = "Names of the availability zones that have subnets."
  value       = local.zones
}
