variable "name" {
  description = "Name of the IAM role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.name))
    error_message = "The name must be 1 to 64 letters, digits and +=,.@_- characters."
  }
}

variable "trusted" {
  description = "ARNs of roles that may assume this one although no policy of theirs says so. All others of the account need one."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "policies" {
  description = "Names of AWS's managed policies that the role has."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "usable_after" {
  description = "What must be there before the output arn is known: pass something that takes ten seconds at least."
  type        = any
  default     = null
}
