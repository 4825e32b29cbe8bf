# Peering with both sides' routes, a NAT instance, rules that name a peer's group and protocols without ports.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "us-east-1"
}

variable "step" {
  type    = string
  default = "1"
}

resource "aws_vpc" "main" {
  for_each             = { home = "10.0.0.0/16", peer = "10.1.0.0/16", third = "10.2.0.0/16" }
  cidr_block           = each.value
  enable_dns_hostnames = true
}

resource "aws_subnet" "main" {
  for_each          = aws_vpc.main
  vpc_id            = each.value.id
  cidr_block        = cidrsubnet(each.value.cidr_block, 8, 0)
  availability_zone = "us-east-1a"
}

resource "aws_vpc_peering_connection" "peer" {
  vpc_id      = aws_vpc.main["home"].id
  peer_vpc_id = aws_vpc.main["peer"].id
  auto_accept = true
  tags        = { Name = "step ${var.step}" }

  accepter {
    allow_remote_vpc_dns_resolution = var.step == "2"
  }
}

resource "aws_vpc_peering_connection" "third" {
  vpc_id      = aws_vpc.main["home"].id
  peer_vpc_id = aws_vpc.main["third"].id
}

resource "aws_vpc_peering_connection_accepter" "third" {
  vpc_peering_connection_id = aws_vpc_peering_connection.third.id
  auto_accept               = true
}

data "aws_vpc_peering_connection" "found" {
  vpc_id      = aws_vpc.main["home"].id
  peer_vpc_id = aws_vpc_peering_connection.peer.peer_vpc_id
  status      = "active"
  depends_on  = [aws_vpc_peering_connection.peer]
}

resource "aws_ec2_managed_prefix_list" "offices" {
  name           = "offices"
  address_family = "IPv4"
  max_entries    = 2

  entry {
    cidr = "203.0.113.0/24"
  }
}

resource "aws_route_table" "home" {
  vpc_id = aws_vpc.main["home"].id

  route {
    cidr_block                = aws_vpc.main["peer"].cidr_block
    vpc_peering_connection_id = aws_vpc_peering_connection.peer.id
  }
  route {
    destination_prefix_list_id = aws_ec2_managed_prefix_list.offices.id
    network_interface_id       = aws_instance.nat.primary_network_interface_id
  }
}

resource "aws_route" "peer" {
  route_table_id            = aws_vpc.main["peer"].main_route_table_id
  destination_cidr_block    = aws_vpc.main["home"].cidr_block
  vpc_peering_connection_id = aws_vpc_peering_connection.peer.id
}

resource "aws_security_group" "main" {
  for_each = aws_vpc.main
  name     = each.key
  vpc_id   = each.value.id
}

resource "aws_vpc_security_group_ingress_rule" "peer" {
  security_group_id            = aws_security_group.main["home"].id
  referenced_security_group_id = aws_security_group.main["peer"].id
  ip_protocol                  = "tcp"
  from_port                    = 80
  to_port                      = 80
  depends_on                   = [aws_vpc_peering_connection.peer]
}

resource "aws_vpc_security_group_ingress_rule" "esp" {
  security_group_id = aws_security_group.main["home"].id
  cidr_ipv4         = "10.0.0.0/8"
  ip_protocol       = "50"
}

resource "aws_vpc_security_group_ingress_rule" "offices" {
  security_group_id = aws_security_group.main["home"].id
  prefix_list_id    = aws_ec2_managed_prefix_list.offices.id
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended/image_id"
}

resource "aws_instance" "nat" {
  ami                    = nonsensitive(data.aws_ssm_parameter.image.value)
  instance_type          = "t3.small"
  subnet_id              = aws_subnet.main["home"].id
  vpc_security_group_ids = [aws_security_group.main["home"].id]
  source_dest_check      = var.step == "1"
}
