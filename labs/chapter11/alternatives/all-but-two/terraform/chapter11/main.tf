# The types of logs are all but two, in another order, and the group has another name in Terraform.
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

locals {
  unwanted = ["controllerManager", "scheduler"]
  logs     = setsubtract(["api", "audit", "authenticator", "controllerManager", "scheduler"], local.unwanted)
}

resource "aws_cloudwatch_log_group" "a_week" {
  name              = format("/aws/eks/%s/cluster", var.cluster_name)
  retention_in_days = "7"
  skip_destroy      = false
  tags              = { audience = "auditors" }
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
  log_types          = reverse(sort(local.logs))
  log_group          = aws_cloudwatch_log_group.a_week.arn
  addons             = { vpc-cni = {}, kube-proxy = {}, coredns = {} }
}

module "nodes" {
  source = "../modules/node_group"

  name               = "small"
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
  instance_type      = "t3.small"
  size               = 1
}
