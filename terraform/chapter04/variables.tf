variable "region" {
  default = "us-east-1"
}
variable "kubernetes_version" {
  default = "1.35"
}
