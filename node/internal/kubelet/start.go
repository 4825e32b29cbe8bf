package kubelet

import (
	"context"
	"os"
	"path/filepath"

	"go.opentelemetry.io/otel/trace/noop"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	upstream "k8s.io/kubernetes/pkg/kubelet"
	"k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	kubeletutil "k8s.io/kubernetes/pkg/kubelet/util"
	"k8s.io/kubernetes/pkg/util/oom"
	"k8s.io/kubernetes/pkg/volume/util/hostutil"
	"k8s.io/kubernetes/pkg/volume/util/subpath"
	"k8s.io/mount-utils"

	"eks-local/node/internal/catalogue"
	"eks-local/node/internal/cri"
	"eks-local/node/internal/nodespec"
)

// start runs the node and returns its container runtime, which is whose to end.
func start(ctx context.Context, spec *nodespec.Spec) (*cri.Runtime, error) {
	for _, dir := range []string{spec.RootDir, filepath.Join(spec.LogDir, "pods"), "/var/log/containers"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	images, err := catalogue.Load(spec.Catalogue, filepath.Dir(self))
	if err != nil {
		return nil, err
	}
	runtime, err := cri.New(ctx, cri.Options{Root: spec.RuntimeDir, NetnsDir: "/run/netns", CNIConfDir: spec.CNIConfDir,
		CNIBinDir: spec.CNIBinDir, Images: images, Env: spec.ContainerEnv})
	if err != nil {
		return nil, err
	}
	server, err := configure(spec)
	if err != nil {
		return nil, err
	}
	dependencies, err := dependencies(ctx, spec, server, runtime)
	if err != nil {
		return nil, err
	}
	return runtime, app.RunKubelet(ctx, server, dependencies)
}

// configure is the kubelet's configuration on an EKS node, less what needs cgroups or a host of its own.
func configure(spec *nodespec.Spec) (*options.KubeletServer, error) {
	server, err := options.NewKubeletServer()
	if err != nil {
		return nil, err
	}
	f, c := &server.KubeletFlags, &server.KubeletConfiguration
	f.RootDirectory, f.CertDirectory = spec.RootDir, filepath.Join(spec.RootDir, "pki")
	f.HostnameOverride, f.NodeIP, f.NodeLabels = spec.Name, spec.Address, spec.Labels
	f.CloudProvider = "external" // which gives the Node its addresses, the public one among them
	c.ProviderID, c.RegisterWithTaints = spec.ProviderID, spec.Taints
	c.Address, c.Port, c.HealthzPort, c.ReadOnlyPort = "0.0.0.0", 10250, 0, 0
	c.MaxPods, c.ClusterDomain, c.ClusterDNS = spec.MaxPods, spec.ClusterDomain, spec.ClusterDNS
	c.PodLogsDir, c.StaticPodPath = filepath.Join(spec.LogDir, "pods"), ""
	c.Authentication.Anonymous.Enabled = false
	c.Authentication.Webhook.Enabled = true
	c.Authentication.X509.ClientCAFile = spec.ClientCAFile
	c.Authorization.Mode = config.KubeletAuthorizationModeWebhook
	c.CgroupsPerQOS, c.EnforceNodeAllocatable = false, nil
	c.FailSwapOn, c.ProtectKernelDefaults = false, false
	c.EvictionHard = map[string]string{} // the disk and memory it would watch are the host's, not the instance's
	c.ImageGCHighThresholdPercent = 100  // likewise: never; a catalogue image takes no space
	c.ContainerRuntimeEndpoint = "unix:///in-process"
	c.SerializeImagePulls, c.RegistryPullQPS = false, 0
	c.FeatureGates = map[string]bool{"KubeletInUserNamespace": true}
	return server, utilfeature.DefaultMutableFeatureGate.SetFromMap(c.FeatureGates)
}

func dependencies(ctx context.Context, spec *nodespec.Spec, server *options.KubeletServer, runtime *cri.Runtime) (*upstream.Dependencies, error) {
	c := &server.KubeletConfiguration
	clients, err := connect(spec.Kubeconfig, c)
	if err != nil {
		return nil, err
	}
	tls, err := app.InitializeTLS(ctx, &server.KubeletFlags, c)
	if err != nil {
		return nil, err
	}
	auth, runAuth, err := app.BuildAuth(types.NodeName(spec.Name), clients.main, *c)
	if err != nil {
		return nil, err
	}
	runAuth(ctx.Done())
	plugins, err := app.ProbeVolumePlugins(ctx, utilfeature.DefaultFeatureGate)
	if err != nil {
		return nil, err
	}
	mounter := mount.New("")
	return &upstream.Dependencies{
		Auth: auth, KubeClient: clients.main, HeartbeatClient: clients.heartbeat, EventClient: clients.events.CoreV1(),
		RemoteRuntimeService: runtime, RemoteImageService: runtime,
		CAdvisorInterface: machine{spec},
		ContainerManager:  host{cm.NewStubContainerManager(), spec},
		OSInterface:       kubecontainer.RealOS{}, OOMAdjuster: oom.NewFakeOOMAdjuster(),
		Mounter: mounter, Subpather: subpath.New(mounter), HostUtil: hostutil.NewHostUtil(),
		VolumePlugins: unowned(plugins), TLSOptions: tls, TracerProvider: noop.NewTracerProvider(),
		PodStartupLatencyTracker:  kubeletutil.NewPodStartupLatencyTracker(),
		NodeStartupLatencyTracker: kubeletutil.NewNodeStartupLatencyTracker(),
	}, nil
}

// clients are the kubelet's three connections, with limits as its own command sets them.
type clients struct{ main, heartbeat, events *kubernetes.Clientset }

func connect(kubeconfig string, c *config.KubeletConfiguration) (clients, error) {
	base, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return clients{}, err
	}
	base.ContentType, base.QPS, base.Burst = "application/vnd.kubernetes.protobuf", float32(c.KubeAPIQPS), int(c.KubeAPIBurst)
	heartbeat := rest.CopyConfig(base)
	heartbeat.QPS, heartbeat.Timeout = -1, c.NodeStatusUpdateFrequency.Duration
	events := rest.CopyConfig(base)
	events.QPS, events.Burst = float32(c.EventRecordQPS), int(c.EventBurst)
	var out clients
	for config, target := range map[*rest.Config]**kubernetes.Clientset{base: &out.main, heartbeat: &out.heartbeat, events: &out.events} {
		if *target, err = kubernetes.NewForConfig(config); err != nil {
			return clients{}, err
		}
	}
	return out, nil
}
