data "aws_availability_zones" "available" {
  state = "available"
  # EKS cannot place a control plane's network interfaces in these.
  exclude_zone_ids = ["use1-az3", "usw1-az2", "cac1-az3"]

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  zones = slice(data.aws_availability_zones.available.names, 0, var.zones)

  public_cidrs  = { for index, zone in local.zones : zone => cidrsubnet(var.cidr, 8, index) }
  private_cidrs = var.private_subnets ? { for index, zone in local.zones : zone => cidrsubnet(var.cidr, 8, 100 + index) } : {}

  # The last of the range, as many as there are zones. /28 is the smallest subnet there is: 11 addresses, of which EKS wants 6.
  smallest            = 28 - tonumber(split("/", var.cidr)[1])
  control_plane_cidrs = var.control_plane_subnets ? { for index, zone in local.zones : zone => cidrsubnet(var.cidr, local.smallest, pow(2, local.smallest) - var.zones + index) } : {}
}

# Nodes register under their private DNS name, so EKS requires DNS host names in the VPC.
resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true

  tags = { Name = var.name }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = var.name }
}

resource "aws_subnet" "public" {
  for_each = local.public_cidrs

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value
  # A managed node group refuses a public subnet that gives its instances no public address.
  map_public_ip_on_launch = true

  tags = {
    Name                     = "${var.name}-public-${each.key}"
    "kubernetes.io/role/elb" = "1"
  }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }

  tags = { Name = "${var.name}-public" }
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

resource "aws_subnet" "private" {
  for_each = local.private_cidrs

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value

  tags = {
    Name                              = "${var.name}-private-${each.key}"
    "kubernetes.io/role/internal-elb" = "1"
  }
}

resource "aws_route_table" "private" {
  for_each = aws_subnet.private

  vpc_id = aws_vpc.this.id

  tags = { Name = each.value.tags["Name"] }
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id
}

# These need no way out: the interfaces answer to the VPC alone. They keep the VPC's main route table.
resource "aws_subnet" "control_plane" {
  for_each = local.control_plane_cidrs

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value

  tags = { Name = "${var.name}-control-plane-${each.key}" }
}
