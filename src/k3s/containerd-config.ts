/** Where k3s looks for another configuration of containerd than its own. */
export const CONTAINERD_TEMPLATE = '/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl'

/**
 * containerd's configuration as k3s has it (pkg/agent/templates), with one line more for machines whose processes can't be made
 * less likely to be killed: containers ask for that, and would not start. All versions since 1.20 read this format and have these fields.
 */
export const containerdTemplate = (): string => `version = 2

[plugins."io.containerd.internal.v1.opt"]
  path = "{{ .NodeConfig.Containerd.Opt }}"

[plugins."io.containerd.grpc.v1.cri"]
  stream_server_address = "127.0.0.1"
  stream_server_port = "10010"
  restrict_oom_score_adj = true
{{ with .NodeConfig.AgentConfig.PauseImage }}
  sandbox_image = "{{ . }}"
{{ end }}

[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "{{ .NodeConfig.AgentConfig.Snapshotter }}"
  disable_snapshot_annotations = true
{{ if .NodeConfig.AgentConfig.CNIConfDir }}
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "{{ .NodeConfig.AgentConfig.CNIBinDir }}"
  conf_dir = "{{ .NodeConfig.AgentConfig.CNIConfDir }}"
{{ end }}

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
`
