# A cluster without a public endpoint, created by a role of its own, and a bastion to reach it from.
terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100.0"
    }
  }
}

provider "aws" {
  region = var.region
}

# Whoever creates a cluster is its administrator, so that should be nobody's own identity. See identities.tf.
provider "aws" {
  alias  = "creator"
  region = var.region

  assume_role {
    role_arn = terraform_data.creator.output
  }
}

module "network" {
  source = "../modules/network"

  name                  = var.cluster_name
  control_plane_subnets = true
}

module "cluster" {
  source    = "../modules/cluster"
  providers = { aws = aws.creator }

  name                    = var.cluster_name
  kubernetes_version      = var.kubernetes_version
  subnet_ids              = module.network.control_plane_subnet_ids
  security_group_ids      = [aws_security_group.endpoint.id]
  endpoint_public_access  = false
  endpoint_private_access = true
  node_groups             = [module.nodes.name]
  addons                  = { vpc-cni = {}, kube-proxy = {}, coredns = {} }
}

module "nodes" {
  source = "../modules/node_group"

  name               = "small"
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
}

# The bastion is the way in; build and guest are two more machines of the same VPC.
module "machine" {
  source   = "../modules/bastion"
  for_each = toset(["bastion", "build", "guest"])

  name      = "${var.cluster_name}-${each.key}"
  subnet_id = module.network.public_subnet_ids[0]
}

# The control plane's interfaces have this group besides the cluster's own: it says who of the VPC may ask for the API.
resource "aws_security_group" "endpoint" {
  name        = "${var.cluster_name}-endpoint"
  description = "Who may reach the Kubernetes API of ${var.cluster_name}"
  vpc_id      = module.network.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "bastion" {
  security_group_id            = aws_security_group.endpoint.id
  description                  = "The bastion"
  referenced_security_group_id = module.machine["bastion"].security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}
