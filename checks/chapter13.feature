Feature: Where Pods run, and when they are well
  A Pod's spec says where it may run, what it needs and how to tell that it is well. The scheduler, the controllers and the
  kubelet each read their part of it, and each says in events what it made of it.

  @modelled
  Scenario: Three nodes, one of them for batch work
    When I run from the laptop
      """
      aws eks update-kubeconfig --name chapter13
      kubectl get nodes --label-columns workload,topology.kubernetes.io/zone
      """
    Then the number of Ready nodes is 3
    And the number of Ready nodes with label "workload=batch" is 1

  @exact
  Scenario: A team's Pods are in the team's namespace
    When I run from the laptop
      """
      kubectl get namespaces
      kubectl get pods
      kubectl config set-context --current --namespace shop
      kubectl get pods
      """
    Then 3 Pods in namespace "shop" are Running
    And the output contains "web-"

  @exact
  Scenario: Pods are found by their labels
    When I run from the laptop
      """
      kubectl get pods --all-namespaces --selector app.kubernetes.io/part-of=chapter13,tier=front
      kubectl get pods --all-namespaces --selector 'app in (api, ledger)' --label-columns app
      """
    Then 3 Pods with label "app=web,tier=front" are Running
    And 4 Pods with label "app in (api, ledger)" are Running

  @exact
  Scenario: A Pod that loses its label is let go, and replaced
    When I run from the laptop
      """
      POD=$(kubectl get pods --selector app=web --output name | sed -n 1p)
      kubectl label $POD app=suspect --overwrite
      """
    Then 3 Pods with label "app=web" are Running
    And 1 Pod with label "app=suspect" is Running
    And the Pod with label "app=suspect" belongs to nobody
    And the Service "shop/web" sends requests to 3 Pods
    When I run from the laptop
      """
      kubectl get pods --output custom-columns=POD:.metadata.name,APP:.metadata.labels.app,OWNER:.metadata.ownerReferences[0].name
      """
    Then the output contains "suspect"

  @exact
  Scenario: A Pod that gets the label back is one too many
    When I run from the laptop
      """
      kubectl label pods --selector app=suspect app=web --overwrite
      """
    Then no Pods with label "app=suspect" are left
    And 3 Pods with label "app=web" are Running

  @exact
  Scenario: No node has what a Pod asks for
    When I run from the laptop
      """
      kubectl create deployment crunch --image registry.k8s.io/pause:3.10 --replicas 0
      kubectl set resources deployment crunch --requests cpu=3
      kubectl scale deployment crunch --replicas 1
      """
    Then 1 Pod with label "app=crunch" is Pending because "3 Insufficient cpu"
    When I run from the laptop
      """
      kubectl get pods --selector app=crunch
      kubectl get events --field-selector reason=FailedScheduling
      kubectl get nodes --output custom-columns=NODE:.metadata.name,CPU:.status.allocatable.cpu
      """
    Then the output contains "1930m"

  @exact
  Scenario: It asks for less, and runs
    When I run from the laptop
      """
      kubectl set resources deployment crunch --requests cpu=500m
      """
    Then 1 Pod with label "app=crunch" is Running
    When I run from the laptop
      """
      kubectl describe nodes | grep --after-context 4 'Allocated resources'
      kubectl delete deployment crunch
      """
    Then no Pods with label "app=crunch" are left

  @exact
  Scenario: A taint keeps others away
    When I run from the laptop
      """
      kubectl taint nodes --selector workload=batch workload=batch:NoSchedule
      kubectl create deployment nightly --image registry.k8s.io/pause:3.10 --replicas 0
      kubectl patch deployment nightly --patch '{"spec": {"template": {"spec": {"nodeSelector": {"workload": "batch"}}}}}'
      kubectl scale deployment nightly --replicas 2
      """
    Then each node with label "workload=batch" has a taint that keeps Pods out
    And 2 Pods with label "app=nightly" are Pending because "1 node(s) had untolerated taint"
    When I run from the laptop
      """
      kubectl get events --field-selector reason=FailedScheduling | grep nightly
      """
    Then the output contains "2 node(s) didn't match Pod's node affinity/selector"

  @exact
  Scenario: A guest with a toleration is let in
    When I run from the laptop
      """
      kubectl patch deployment nightly --patch '
        spec:
          template:
            spec:
              tolerations:
                - key: workload
                  value: batch
                  effect: NoSchedule
      '
      """
    Then the Deployment "shop/nightly" has 2 replicas, all available
    And Pods with label "app=nightly" are let on nodes with label "workload=batch" and on no others
    And each Pod with label "app=nightly" runs on a node with label "workload=batch"
    When I run from the laptop
      """
      kubectl get pods --selector app=nightly --output wide
      """
    Then the output contains "Running"

  @exact
  Scenario: A harder taint sends away who is there
    When I run from the laptop
      """
      kubectl taint nodes --selector workload=batch maintenance=tonight:NoExecute
      """
    Then 2 Pods with label "app=nightly" are Pending because "1 node(s) had untolerated taint"
    When I run from the laptop
      """
      NODE=$(kubectl get nodes --selector workload=batch --output jsonpath='{.items[0].metadata.name}')
      kubectl get pods --all-namespaces --field-selector spec.nodeName=$NODE
      kubectl get events --field-selector reason=TaintManagerEviction
      """
    Then the output contains "Marking for deletion"
    When I run from the laptop
      """
      kubectl taint nodes --selector workload=batch maintenance-
      """
    Then the Deployment "shop/nightly" has 2 replicas, all available

  @exact
  Scenario: Replicas that keep apart
    When I run from the laptop
      """
      kubectl apply --filename - <<END
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: checkout
      spec:
        replicas: 3
        selector:
          matchLabels: {app: checkout}
        template:
          metadata:
            labels: {app: checkout}
          spec:
            affinity:
              podAntiAffinity:
                requiredDuringSchedulingIgnoredDuringExecution:
                  - labelSelector:
                      matchLabels: {app: checkout}
                    topologyKey: kubernetes.io/hostname
            containers:
              - name: checkout
                image: registry.k8s.io/pause:3.10
      END
      """
    Then 2 Pods with label "app=checkout" are Running
    And no two Pods with label "app=checkout" share a node
    And 1 Pod with label "app=checkout" is Pending because "2 node(s) didn't match pod anti-affinity rules"
    When I run from the laptop
      """
      kubectl get pods --selector app=checkout --output wide
      kubectl delete deployments checkout nightly
      """
    Then no Pods with label "app=checkout" are left

  @exact
  Scenario: Three classes of service
    When I run from the laptop
      """
      kubectl create deployment bronze --image registry.k8s.io/pause:3.10
      kubectl create deployment silver --image registry.k8s.io/pause:3.10
      kubectl create deployment gold --image registry.k8s.io/pause:3.10
      kubectl set resources deployment silver --requests cpu=50m,memory=64Mi --limits memory=128Mi
      kubectl set resources deployment gold --limits cpu=100m,memory=128Mi
      """
    Then the Pod with label "app=bronze" has the QoS class "BestEffort"
    And the Pod with label "app=silver" has the QoS class "Burstable"
    And the Pod with label "app=gold" has the QoS class "Guaranteed"
    And 3 Pods with label "app in (bronze, silver, gold)" are Running
    When I run from the laptop
      """
      kubectl get pods --selector 'app in (bronze, silver, gold)' --output custom-columns=POD:.metadata.name,CLASS:.status.qosClass
      kubectl get pods --selector app=gold --output jsonpath='{.items[0].spec.containers[0].resources}{"\n"}'
      kubectl delete deployments bronze silver gold
      """
    Then no Pods with label "app in (bronze, silver, gold)" are left

  @exact
  Scenario: An init container holds the rest back
    When I run from the laptop
      """
      kubectl apply --filename - <<END
      apiVersion: v1
      kind: Pod
      metadata:
        name: greeter
        labels: {app: greeter}
      spec:
        initContainers:
          - name: wait-for-catalog
            image: curlimages/curl:8.16.0
            command: [sh, -c, "until curl --silent --show-error --max-time 2 http://catalog; do sleep 1; done"]
        containers:
          - name: greeter
            image: registry.k8s.io/pause:3.10
      END
      """
    Then 1 Pod with label "app=greeter" waits for its init container "wait-for-catalog"
    When I run from the laptop
      """
      kubectl get pods --selector app=greeter
      """
    Then the output contains "Init:0/1"

  @exact
  Scenario: What it waited for is there, and the rest begins
    When I run from the laptop
      """
      kubectl create deployment catalog --image public.ecr.aws/nginx/nginx:1.29
      kubectl expose deployment catalog --port 80
      kubectl wait pod greeter --for condition=Ready --timeout 120s
      kubectl logs greeter --container wait-for-catalog | sed -n 1,3p
      kubectl get pods --selector app=greeter
      """
    Then 1 Pod with label "app=greeter" is Running
    When I run from the laptop
      """
      kubectl delete pod/greeter deployment/catalog service/catalog
      """
    Then no Pods with label "app=greeter" are left

  @exact
  Scenario: A Pod that is not ready gets no requests
    When I run from the laptop
      """
      POD=$(kubectl get pods --selector app=web --output name | sed -n 1p)
      kubectl exec $POD -- touch /tmp/pause
      kubectl wait $POD --for condition=Ready=False --timeout 60s
      """
    Then the Service "shop/web" sends requests to 2 Pods
    And 3 Pods with label "app=web" are Running
    And no Pod with label "app=web" has restarted
    When I run from the laptop
      """
      kubectl get pods --selector app=web
      kubectl get endpointslices --selector kubernetes.io/service-name=web \
        --output custom-columns=POD:.endpoints[*].targetRef.name,READY:.endpoints[*].conditions.ready
      """
    Then the output contains "false"

  @exact
  Scenario: It gets them again once it is ready
    When I run from the laptop
      """
      for POD in $(kubectl get pods --selector app=web --output name); do kubectl exec $POD -- rm -f /tmp/pause; done
      """
    Then the Service "shop/web" sends requests to 3 Pods

  @exact
  Scenario: A container that hangs is started again
    When I run from the laptop
      """
      POD=$(kubectl get pods --selector app=web --output name | sed -n 1p)
      kubectl exec $POD -- touch /tmp/hung
      """
    Then 1 Pod with label "app=web" has restarted
    And the Service "shop/web" sends requests to 3 Pods

  @exact
  Scenario: The events tell the story
    When I run from the laptop
      """
      POD=$(kubectl get pods --selector app=web --output name | sed -n 1p)
      kubectl get $POD
      kubectl events --for $POD
      kubectl describe $POD | grep --after-context 5 'Last State'
      """
    Then the output contains "Liveness probe failed"
    And the output contains "will be restarted"

  @exact
  Scenario: A slow start is no failure
    When I run from the laptop
      """
      kubectl apply --filename - <<END
      apiVersion: v1
      kind: Pod
      metadata:
        name: slow
        labels: {app: slow}
      spec:
        terminationGracePeriodSeconds: 1
        containers:
          - name: slow
            image: public.ecr.aws/docker/library/busybox:1.37
            command: [sh, -c, "sleep 10; touch /tmp/started; exec sleep 3600"]
            startupProbe:
              exec: {command: [test, -e, /tmp/started]}
              periodSeconds: 2
              failureThreshold: 30
            livenessProbe:
              exec: {command: [test, -e, /tmp/started]}
              periodSeconds: 2
              failureThreshold: 1
      END
      kubectl wait pod slow --for condition=Ready --timeout 60s
      kubectl events --for pod/slow
      """
    Then the output contains "Startup probe failed"
    And 1 Pod with label "app=slow" is Running
    And no Pod with label "app=slow" has restarted

  @exercise @exact
  Scenario: Batch work and its nodes keep to themselves
    Then the number of Ready nodes with label "workload=batch" is 1
    And each node with label "workload=batch" has a taint that keeps Pods out
    And the Deployment "reports/report" has 3 replicas, all available
    And Pods with label "app=report" are let on nodes with label "workload=batch" and on no others
    And each Pod with label "app=report" runs on a node with label "workload=batch"
    And Pods with label "app=report" are alone on the nodes with label "workload=batch"

  @exercise @exact
  Scenario: The API gets requests only when it is warm, and survives a hang
    Then the Deployment "orders/api" has 2 replicas, all available
    And no Pod with label "app=api" has restarted
    And the Service "orders/api" sends requests to 2 Pods
    When I run in the first Pod with label "app=api"
      """
      rm -f /usr/share/nginx/html/ready
      """
    Then the Service "orders/api" sends requests to 1 Pod
    And no Pod with label "app=api" restarts within 30 seconds
    When I run in the first Pod with label "app=api"
      """
      echo warm > /usr/share/nginx/html/ready
      """
    Then the Service "orders/api" sends requests to 2 Pods
    When I run in the first Pod with label "app=api"
      """
      rm -f /usr/share/nginx/html/healthz
      """
    Then 1 Pod with label "app=api" has restarted
    And the Service "orders/api" sends requests to 2 Pods
    When I run from the laptop
      """
      kubectl --namespace orders delete pods --selector app=api
      """
    Then the Deployment "orders/api" has 2 replicas, all available
    And no Pod with label "app=api" has restarted

  @exercise @exact
  Scenario: The ledger is evicted last
    Then the Deployment "ledger/ledger" has 2 replicas, all available
    And the Pods with label "app=ledger" have the QoS class "Guaranteed"
    And in each Pod with label "app=ledger" the container "ledger" may use 256Mi of memory
