# The office's range in two halves, its port by the older kind of rule, and an object a file.
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

module "network" {
  source = "../modules/network"

  name  = var.cluster_name
  zones = 2
}

module "cluster" {
  source = "../modules/cluster"

  name               = var.cluster_name
  kubernetes_version = var.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
  node_groups        = [module.nodes.name]

  endpoint_private_access = true
  public_access_cidrs     = ["203.0.113.64/26", "203.0.113.0/26"]

  addons = {
    vpc-cni    = {}
    kube-proxy = {}
    coredns    = {}
  }
}

module "nodes" {
  source = "../modules/node_group"

  name               = "small"
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
  instance_type      = "t3.small"
  size               = 2
}

resource "aws_security_group_rule" "shop" {
  type              = "ingress"
  security_group_id = module.cluster.security_group_id
  protocol          = "tcp"
  from_port         = 30080
  to_port           = 30080
  cidr_blocks       = ["0.0.0.0/0"]
}
