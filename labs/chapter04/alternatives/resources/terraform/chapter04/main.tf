# Resources of the root's own, where the solution has arguments of modules.
terraform {
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

# Who creates a cluster is its administrator, so let that be nobody's own identity.
provider "aws" {
  alias  = "creator"
  region = var.region
  assume_role { role_arn = module.role["creator"].arn }
}

module "network" {
  source                = "../modules/network"
  name                  = "chapter04"
  control_plane_subnets = true
}

module "role" {
  source       = "../modules/account_role"
  for_each     = { creator = ["AdministratorAccess"], viewer = [] }
  name         = "chapter04-${each.key}"
  policies     = each.value
  trusted      = each.key == "viewer" ? [module.machine["bastion"].role_arn] : []
  usable_after = module.network.public_subnet_ids # which takes longer than the ten seconds a new role needs
}

module "cluster" {
  source                 = "../modules/cluster"
  providers              = { aws = aws.creator }
  name                   = "chapter04"
  kubernetes_version     = var.kubernetes_version
  subnet_ids             = module.network.control_plane_subnet_ids
  endpoint_public_access = false
  reachable_from         = { bastion = module.machine["bastion"].security_group_id }
  node_groups            = [module.nodes.name]
  addons                 = { vpc-cni = {}, kube-proxy = {}, coredns = {} }
}

module "nodes" {
  source             = "../modules/node_group"
  name               = "small"
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
}

module "machine" {
  source    = "../modules/bastion"
  for_each  = toset(["bastion", "build", "guest"])
  name      = "chapter04-${each.key}"
  subnet_id = module.network.public_subnet_ids[0]
}

module "access" {
  source       = "../modules/access"
  cluster_name = module.cluster.name
  entries = {
    you     = { policy = "AmazonEKSClusterAdminPolicy" }
    bastion = { policy = "AmazonEKSClusterAdminPolicy", principal_arn = module.machine["bastion"].role_arn }
  }
}

resource "aws_vpc_security_group_ingress_rule" "build" {
  security_group_id            = module.cluster.security_group_id
  referenced_security_group_id = module.machine["build"].security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_eks_access_entry" "viewer" {
  cluster_name  = module.cluster.name
  principal_arn = module.role["viewer"].arn
}

resource "aws_eks_access_policy_association" "viewer" {
  cluster_name  = module.cluster.name
  principal_arn = aws_eks_access_entry.viewer.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"

  access_scope {
    type       = "namespace"
    namespaces = ["shop"]
  }
}
