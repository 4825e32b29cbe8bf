Feature: A cluster on the internet
  The Kubernetes API of an EKS cluster has a name and an address on the internet, unless told otherwise. Who may
  connect is one setting of the cluster, and it is not only people who come by that way.

  @modelled
  Scenario: A cluster with a public endpoint
    When I run from the laptop
      """
      aws eks describe-cluster --name chapter03 --query 'cluster.{
        Kubernetes: version, Platform: platformVersion, Endpoint: endpoint, Issuer: identity.oidc.issuer,
        SecurityGroup: resourcesVpcConfig.clusterSecurityGroupId,
        Public: resourcesVpcConfig.endpointPublicAccess, Private: resourcesVpcConfig.endpointPrivateAccess,
        From: resourcesVpcConfig.publicAccessCidrs}'
      """
    Then the cluster's endpoint is public
    And the public endpoint is open to "0.0.0.0/0"

  @exact
  Scenario: Anybody reaches it, and is asked for a name
    When I run from the laptop
      """
      ENDPOINT=$(aws eks describe-cluster --name chapter03 --query cluster.endpoint --output text)
      getent hosts ${ENDPOINT#https://}
      curl --silent --insecure $ENDPOINT/api/v1/nodes
      """
    Then the output contains "Unauthorized"

  @modelled
  Scenario: Two nodes with public addresses
    When I run from the laptop
      """
      aws eks update-kubeconfig --name chapter03
      kubectl get nodes -L topology.kubernetes.io/zone -o wide
      """
    Then the number of Ready nodes is 2
    And each node is a "t3.small"

  @exact
  Scenario: A first web server
    When I run from the laptop
      """
      kubectl run web --image=public.ecr.aws/nginx/nginx:1.29 --labels=app=web
      kubectl wait --for=condition=Ready pod/web --timeout=120s
      kubectl get pod web -o wide
      kubectl get --raw /api/v1/namespaces/default/pods/web/proxy/
      """
    Then 1 Pods with label "app=web" are Running
    And the output contains "nginx"

  @exact
  Scenario: Its port on the nodes is closed to the internet
    When I run from the laptop, expecting an error
      """
      kubectl create service nodeport web --tcp=80 --node-port=30080
      NODE=$(kubectl get nodes -o jsonpath='{.items[0].status.addresses[?(@.type=="ExternalIP")].address}')
      curl --silent --show-error --connect-timeout 5 http://$NODE:30080/
      """
    Then the command fails with "curl: (28)"

  @exact
  Scenario: A rule opens it for you
    When I run from the laptop
      """
      ME=$(curl --silent http://checkip.amazonaws.com)
      GROUP=$(aws eks describe-cluster --name chapter03 --query cluster.resourcesVpcConfig.clusterSecurityGroupId --output text)
      aws ec2 authorize-security-group-ingress --group-id $GROUP --protocol tcp --port 30080 --cidr $ME/32 \
        --query 'SecurityGroupRules[].[GroupId, IpProtocol, FromPort, CidrIpv4]' --output text
      NODE=$(kubectl get nodes -o jsonpath='{.items[0].status.addresses[?(@.type=="ExternalIP")].address}')
      curl --silent --show-error --connect-timeout 5 http://$NODE:30080/
      """
    Then the output contains "nginx"

  @modelled
  Scenario: The control plane has an interface in each subnet
    When I run from the laptop
      """
      aws ec2 describe-network-interfaces --filters 'Name=description,Values=Amazon EKS chapter03' \
        --query 'NetworkInterfaces[].{Interface: NetworkInterfaceId, Subnet: SubnetId, Address: PrivateIpAddress,
                 Group: Groups[0].GroupName, AttachedTo: Attachment.InstanceOwnerId}' --output table
      """
    Then EKS has 2 network interfaces in the cluster's subnets

  @exact
  Scenario: An address that is not yours shuts you out
    When I run from the laptop
      """
      aws eks update-cluster-config --name chapter03 --query update.type \
        --resources-vpc-config publicAccessCidrs=193.16.23.22/32
      """
    Then the public endpoint is open to "193.16.23.22/32"
    When I run from the laptop, expecting an error
      """
      kubectl get nodes
      """
    Then the command fails with "i/o timeout"

  @exact
  Scenario: Terraform finds the change and corrects it
    When I run from the laptop
      """
      ME=$(curl --silent http://checkip.amazonaws.com)
      echo "public_access_cidrs = [\"$ME/32\"]" > terraform/chapter03/access.auto.tfvars
      terraform -chdir=terraform/chapter03 apply -auto-approve -no-color | grep -v "Refreshing state\|Reading\|Read complete"
      """
    Then the public endpoint is open to the laptop alone
    And the Kubernetes API does not answer the address "193.16.23.22"

  @exact
  Scenario: The nodes are shut out as well
    When I run from the laptop
      """
      kubectl wait --for=condition=Ready=Unknown nodes --all --timeout=120s
      kubectl get nodes
      """
    Then no node is Ready

  @exact
  Scenario: Open again, the nodes are back
    When I run from the laptop
      """
      rm terraform/chapter03/access.auto.tfvars
      terraform -chdir=terraform/chapter03 apply -auto-approve -no-color | tail -n 5
      kubectl wait --for=condition=Ready nodes --all --timeout=120s
      """
    Then the public endpoint is open to "0.0.0.0/0"
    And the number of Ready nodes is 2

  @exact
  Scenario: A manifest of yesterday
    When I run from the laptop, expecting an error
      """
      cat > report.yaml <<'END'
      apiVersion: batch/v1beta1
      kind: CronJob
      metadata:
        name: report
      spec:
        schedule: "0 6 * * *"
        jobTemplate:
          spec:
            template:
              spec:
                restartPolicy: Never
                containers:
                  - name: report
                    image: public.ecr.aws/docker/library/busybox:1.37
                    command: [date]
      END
      kubectl apply -f report.yaml
      """
    Then the command fails with "no matches for kind "CronJob" in version "batch/v1beta1""

  @exact
  Scenario: Ask the cluster which version it serves
    When I run from the laptop
      """
      kubectl api-versions | grep batch
      kubectl explain cronjob | grep -E 'GROUP|KIND|VERSION'
      sed -i 's|batch/v1beta1|batch/v1|' report.yaml
      kubectl apply -f report.yaml
      """
    Then the CronJob "report" runs at "0 6 * * *"

  @exercise @exact
  Scenario: Only the office reaches the API, and the nodes work
    Then the Kubernetes API does not answer the address "193.16.23.22"
    And the Kubernetes API does not answer the address "<outside>"
    And the Kubernetes API answers the address "<first>"
    And the Kubernetes API answers the address "<last>"
    And the number of Ready nodes is 2
    And each node still reports to the cluster

  @exercise @exact
  Scenario: The shop's old manifests are accepted
    Then the PodDisruptionBudget "shop" lets 1 of 2 Pods go
    And the CronJob "shop-report" runs at "0 6 * * *"
    And a Job of the CronJob "shop-report" succeeds and prints "UTC"
    And the Deployment "shop" has 2 replicas, all available

  @exercise @exact
  Scenario: The shop answers at port 30080 of each node
    Then the Deployment "shop" has 2 replicas, all available
    And each node answers port 30080 at its public address
    And no other port of a node is open to the internet, such as 22, 10250, 30079, 30081
