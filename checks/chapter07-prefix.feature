Feature: A hundred Pods on a small node
  With prefix delegation each slot of a network interface holds a prefix of sixteen addresses instead of one address.
  The same t3.small then has addresses for more Pods than anybody would run on it; what limits it is the number that
  its kubelet was told when it started.

  @modelled
  Scenario: The same small node, with room for 110 Pods
    When I run from the laptop
      """
      aws eks update-kubeconfig --name chapter07-prefix
      kubectl get nodes -o custom-columns=NODE:.metadata.name,TYPE:".metadata.labels.node\.kubernetes\.io/instance-type",PLACES:.status.allocatable.pods
      """
    Then the number of Ready nodes is 1
    And each node is a "t3.small"
    And each node has places for 110 Pods

  @exact
  Scenario: The add-on's setting reaches the plugin on the node
    When I run from the laptop
      """
      aws eks describe-addon --cluster-name chapter07-prefix --addon-name vpc-cni \
        --query addon.configurationValues --output text
      kubectl -n kube-system set env daemonset/aws-node --list | grep DELEGATION
      """
    Then the output contains "ENABLE_PREFIX_DELEGATION=true"
    And the add-on "vpc-cni" is active

  @exact
  Scenario: A fresh node has prefixes instead of addresses
    When I run from the laptop
      """
      NODE=$(kubectl get nodes -o jsonpath='{.items[0].spec.providerID}' | sed 's|.*/||')
      aws ec2 describe-network-interfaces --filters Name=attachment.instance-id,Values=$NODE \
        --query 'NetworkInterfaces[].{Interface: NetworkInterfaceId, Prefixes: join(`, `, Ipv4Prefixes[].Ipv4Prefix)}' \
        --output table
      """
    Then each node has 1 network interface
    And each node holds 2 prefixes of 16 addresses

  @exact
  Scenario: Thirty replicas run on one small node
    When I run from the laptop
      """
      kubectl scale deployment web --replicas=30
      """
    Then 30 Pods with label "app=web" are Running
    And each Pod with label "app=web" that is Running has an address of its node's interfaces
    And each node has 76 places left

  @exact
  Scenario: Thirty more addresses cost one more prefix
    When I run from the laptop
      """
      NODE=$(kubectl get nodes -o jsonpath='{.items[0].spec.providerID}' | sed 's|.*/||')
      aws ec2 describe-network-interfaces --filters Name=attachment.instance-id,Values=$NODE \
        --query 'NetworkInterfaces[].{Interface: NetworkInterfaceId, Prefixes: join(`, `, Ipv4Prefixes[].Ipv4Prefix)}' \
        --output table
      """
    Then each node has 1 network interface
    And each node holds 3 prefixes of 16 addresses

  @exact
  Scenario: Scaling back
    When I run from the laptop
      """
      kubectl scale deployment web --replicas=0
      """
    Then no Pods with label "app=web" are left
    And each node has 106 places left

  @exercise @exact
  Scenario: Batch work runs on a node of its own
    Then the Deployment "batch" has 20 replicas, all available
    And each Pod with label "app=batch" runs on a node with label "workload=batch"
    And the number of Ready nodes with label "workload=batch" is 1
    And each node is a "t3.small"
    And each node with label "workload=batch" has the taint "workload=batch:NoSchedule"

  @exercise @exact
  Scenario: No node holds a prefix it does not need
    Then 2 Pods with label "k8s-app=kube-dns" are Running
    And the add-on "vpc-cni" is active
    And each node has prefixes and no single addresses
    And each node has settled on at most 16 spare addresses
