"""The network of a world: VPCs as the kernel's own network namespaces, following the AWS API's state.

Knows EC2's and EKS's state and Linux' network. Knows nothing of what runs in the namespaces.

    model       what the network should be, in AWS's words
    observe     EC2's and EKS's state → model
    layout      model → namespaces, links, addresses, routes
    difference  what must change from one layout to another
    ruleset     a VPC's nftables rules
    kernel      bringing a difference about
    reconciler  all of it, whenever the state changes
    explain     who reaches whom by the model, and what decides it
    names       what a name means, asked from a place in the world
    dns         the servers that answer with it
    proxy       the host's way in: an HTTP CONNECT proxy that dials from the laptop

The box's own namespace plays the internet: it routes public addresses and holds the AWS services' one. Every VPC is a
router in a namespace of its own, with one link for each network interface; every instance, control plane and the
laptop has its namespace.
"""
