Feature: What the control plane is made of, and what it says
  Of an EKS cluster you see nodes and Pods. What decides about them runs elsewhere, on machines that AWS keeps for itself.
  It answers questions about itself all the same, has network interfaces in your subnets, and writes logs.

  @exact
  Scenario: The control plane says how it is
    When I run from the laptop
      """
      aws eks update-kubeconfig --name chapter11
      kubectl get --raw '/readyz?verbose'
      kubectl get --raw /livez
      """
    Then the output contains "[+]etcd ok"
    And the output contains "readyz check passed"

  @exact
  Scenario: One server, many APIs
    When I run from the laptop
      """
      kubectl api-versions
      kubectl api-resources --api-group=apps
      kubectl get --raw /version
      """
    Then the output contains "Deployment"
    When I run from the laptop
      """
      kubectl get deployments --namespace kube-system -v=6 2>&1 | grep https://
      """
    Then the output contains "/apis/apps/v1/namespaces/kube-system/deployments"

  @exact
  Scenario: The API server counts who uses an API that is going away
    When I run from the laptop
      """
      kubectl get componentstatuses
      kubectl get --raw /metrics | grep '^apiserver_requested_deprecated_apis'
      """
    Then the output contains "componentstatuses"

  @modelled
  Scenario: No node runs the control plane
    When I run from the laptop
      """
      aws ec2 describe-instances --query 'Reservations[].Instances[].[InstanceId, InstanceType, PrivateDnsName]' --output text
      kubectl get nodes
      kubectl get pods --all-namespaces
      kubectl get leases --namespace kube-system
      """
    Then the number of Ready nodes is 1
    And no Pod has a container "kube-apiserver, etcd, kube-controller-manager, kube-scheduler"

  @modelled
  Scenario: The way from a Pod to the control plane
    When I run from the laptop
      """
      kubectl get service kubernetes
      kubectl get endpointslices --selector kubernetes.io/service-name=kubernetes
      aws ec2 describe-network-interfaces --filters 'Name=description,Values=Amazon EKS chapter11' \
        --query 'NetworkInterfaces[].{Interface: NetworkInterfaceId, Address: PrivateIpAddress, Subnet: SubnetId, By: RequesterId}' \
        --output table
      """
    Then the control plane has 2 network interfaces in the cluster's subnets
    And the Service "kubernetes" leads to the control plane's network interfaces

  @modelled
  Scenario: The API server's log begins with its flags
    When I run from the laptop
      """
      aws eks describe-cluster --name chapter11 --query cluster.logging
      aws logs describe-log-streams --log-group-name /aws/eks/chapter11/cluster --query 'logStreams[].logStreamName'
      aws logs filter-log-events --log-group-name /aws/eks/chapter11/cluster --log-stream-name-prefix kube-apiserver- \
        --filter-pattern '"FLAG: --service-cluster-ip-range"' --query 'events[].message' --output text
      """
    Then the logs of the control plane that are on are "api"
    And the control plane's log "kube-apiserver" has an event that matches '"FLAG: --service-cluster-ip-range"'

  @modelled
  Scenario: Two more logs, turned on by a command
    When I run from the laptop
      """
      aws eks update-cluster-config --name chapter11 --query update.status \
        --logging '{"clusterLogging": [{"types": ["audit", "authenticator"], "enabled": true}]}'
      aws eks wait cluster-active --name chapter11
      aws eks describe-cluster --name chapter11 --query cluster.logging
      """
    Then the logs of the control plane that are on are "api, audit, authenticator"

  @modelled
  Scenario: Your own delete, as the audit log has it
    When I run from the laptop
      """
      kubectl create configmap secret-sauce --from-literal=spoons=2
      kubectl delete configmap secret-sauce
      """
    Then the control plane's log "kube-apiserver-audit" has an event that matches '{ $.verb = "delete" && $.objectRef.name = "secret-sauce" }'
    When I run from the laptop
      """
      aws logs filter-log-events --log-group-name /aws/eks/chapter11/cluster --log-stream-name-prefix kube-apiserver-audit \
        --filter-pattern '{ $.verb = "delete" && $.objectRef.name = "secret-sauce" }' \
        --query 'events[0].message' --output text | python3 -m json.tool
      """
    Then the output contains "kubectl"

  @modelled
  Scenario: What was refused is in the audit log too
    When I run from the laptop
      """
      kubectl delete configmap opening-hours --as=intern || true
      """
    Then the output contains "forbidden"
    And the control plane's log "kube-apiserver-audit" has an event that matches '{ $.responseStatus.code = 403 && $.impersonatedUser.username = "intern" }'
    When I run from the laptop
      """
      aws logs filter-log-events --log-group-name /aws/eks/chapter11/cluster --log-stream-name-prefix kube-apiserver-audit \
        --filter-pattern '{ $.responseStatus.code = 403 && $.impersonatedUser.username = "intern" }' \
        --query 'events[0].message' --output text | python3 -m json.tool | grep -A 4 'impersonatedUser\|annotations'
      """
    Then the output contains "forbid"

  @modelled
  Scenario: The authenticator tells which IAM principal became whom
    Then the control plane's log "authenticator" has an event that matches '"access granted" "system:node:"'
    When I run from the laptop
      """
      aws logs filter-log-events --log-group-name /aws/eks/chapter11/cluster --log-stream-name-prefix authenticator \
        --filter-pattern '"access granted" -"system:node:"' --query 'events[0].message' --output text
      aws logs filter-log-events --log-group-name /aws/eks/chapter11/cluster --log-stream-name-prefix authenticator \
        --filter-pattern '"access granted" "system:node:"' --query 'events[0].message' --output text
      """
    Then the output contains "[system:nodes]"

  @exercise @modelled
  Scenario: The control plane keeps its logs for a week
    Then the logs of the control plane that are on are "api, audit, authenticator"
    And the control plane's log group keeps events for 7 days
    And the control plane's log "kube-apiserver" has events
    And the control plane's log "kube-apiserver-audit" has events
    And the control plane's log "authenticator" has events

  @exercise @exact
  Scenario: The prices stay
    Then the ConfigMap "prices" is there, and so is everything that owns it
    And the ConfigMap "prices" has the entry "coffee: 2.40"
    And the ConfigMap "<finding>" has the entry "deleted-by: system:serviceaccount:kube-system:generic-garbage-collector"
