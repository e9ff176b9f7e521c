# Makes an image of a worker that starts faster than a stock one: ffmpeg is there already.
#   packer init packer && packer build -var region=eu-central-1 packer
# docs/aws.md, "An image of your own", says how to share it.
# Then set Aws:Ec2:AmiId to the image's id. The program and the settings still come from the configuration bucket when
# a machine starts, so that the image need not be made again for each version.

variable "region" {
  type        = string
  default     = "us-east-1"
  description = "Region that the image is for: Aws:Region."
}

variable "architecture" {
  type        = string
  default     = "amd64"
  description = "amd64, or arm64 for Graviton machines."

  validation {
    condition     = contains(["amd64", "arm64"], var.architecture)
    error_message = "The architecture must be amd64 or arm64."
  }
}

variable "copy_to" {
  type        = list(string)
  default     = []
  description = "More regions to copy the image to."
}

variable "share_with" {
  type        = list(string)
  default     = []
  description = "Ids of other accounts that may start machines from it. They can't from an image with the account's own key: give kms_key, or set encrypt to false."
}

variable "encrypt" {
  type        = bool
  default     = true
  description = "Whether the image's disk is encrypted. It holds Debian and ffmpeg, no secrets."
}

variable "kms_key" {
  type        = string
  default     = ""
  description = "ARN of the key to encrypt with, which the accounts in share_with may use; empty: the account's own for EBS."
}

source "amazon-ebs" "worker" {
  region        = var.region
  instance_type = var.architecture == "arm64" ? "t4g.small" : "t3a.small"
  ssh_username  = "admin"
  ami_name      = "media-nommer-worker-${var.architecture}-${formatdate("YYYYMMDD-hhmmss", timestamp())}"
  ami_regions   = var.copy_to
  ami_users     = var.share_with
  encrypt_boot  = var.encrypt
  kms_key_id    = var.kms_key

  # The Debian project's own account: https://wiki.debian.org/Cloud/AmazonEC2Image
  source_ami_filter {
    owners      = ["136693071363"]
    most_recent = true
    filters = {
      name                = "debian-12-${var.architecture}-*"
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
  }

  tags = {
    Name         = "media-nommer worker"
    media-nommer = "image"
  }
}

build {
  sources = ["source.amazon-ebs.worker"]

  provisioner "shell" {
    execute_command = "sudo env DEBIAN_FRONTEND=noninteractive {{ .Vars }} bash {{ .Path }}"
    script          = "${path.root}/provision.sh"
  }
}
