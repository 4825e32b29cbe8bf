# The bastion is let in by a rule in the cluster security group, instead of by a group of the module's own.
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
  name   = "chapter02"
}

module "cluster" {
  source = "../modules/cluster"

  name                    = "chapter02"
  kubernetes_version      = var.kubernetes_version
  subnet_ids              = module.network.public_subnet_ids
  endpoint_public_access  = true
  endpoint_private_access = true
  public_access_cidrs     = ["203.0.113.77/32"]
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

module "bastion" {
  source = "../modules/bastion"

  name      = "chapter02-bastion"
  subnet_id = module.network.public_subnet_ids[0]
}

module "access" {
  source = "../modules/access"

  cluster_name = module.cluster.name
  entries      = { bastion = { policy = "AmazonEKSClusterAdminPolicy", principal_arn = module.bastion.role_arn } }
}

# EKS made this group; the control plane's interfaces have it, and so does the node.
resource "aws_security_group_rule" "bastion" {
  type                     = "ingress"
  security_group_id        = module.cluster.security_group_id
  source_security_group_id = module.bastion.security_group_id
  protocol                 = "tcp"
  from_port                = 443
  to_port                  = 443
  description              = "The bastion asks the Kubernetes API"
}
