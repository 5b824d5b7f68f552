{{- define "dramatis.labels" -}}
app.kubernetes.io/name: dramatis
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- /* selector: [root, component] */ -}}
{{- define "dramatis.selector" -}}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- /* image: [root, image] */ -}}
{{- define "dramatis.image" -}}
{{- $root := index . 0 -}}{{- $image := index . 1 -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default $root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "dramatis.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.user }}
runAsGroup: {{ .Values.user }}
fsGroup: {{ .Values.user }}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "dramatis.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- /* What every role needs to know: where the truth is, and where Prometheus reads. */ -}}
{{- define "dramatis.environment" -}}
- name: DRAMATIS_DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ .Values.secrets.database.name }}, key: {{ .Values.secrets.database.url }}}}
- name: DRAMATIS_S3_ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ .Values.secrets.store.name }}, key: {{ .Values.secrets.store.accessKey }}}}
- name: DRAMATIS_S3_SECRET_KEY
  valueFrom: {secretKeyRef: {name: {{ .Values.secrets.store.name }}, key: {{ .Values.secrets.store.secretKey }}}}
- {name: DRAMATIS_S3_ENDPOINT, value: {{ .Values.store.endpoint | quote }}}
{{- with .Values.store.publicUrl }}
- {name: DRAMATIS_S3_PUBLIC_URL, value: {{ . | quote }}}
{{- end }}
- {name: DRAMATIS_S3_BUCKET, value: {{ .Values.store.bucket | quote }}}
- {name: DRAMATIS_S3_REGION, value: {{ .Values.store.region | quote }}}
- {name: DRAMATIS_PUBLIC_URL, value: {{ .Values.publicUrl | quote }}}
- {name: DRAMATIS_DATA_DIR, value: /var/lib/dramatis}
- {name: DRAMATIS_METRICS_HOST, value: 0.0.0.0}
- {name: DRAMATIS_METRICS_PORT, value: {{ .Values.metrics.port | quote }}}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- define "dramatis.environmentFrom" -}}
{{- range .Values.secrets.environment }}
- secretRef: {name: {{ . }}}
{{- end }}
{{- end }}

{{- /* For a Prometheus that finds pods by their annotations; the operator's finds them by monitoring.yaml. */ -}}
{{- define "dramatis.scrape" -}}
{{- if not .Values.metrics.operator.enabled -}}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .Values.metrics.port | quote }}
prometheus.io/path: /metrics
{{- else -}}
{}
{{- end }}
{{- end }}

{{- define "dramatis.pull" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- /* spread: [root, component]: over hosts, as far as there are any */ -}}
{{- define "dramatis.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "dramatis.selector" . | nindent 8 }}
{{- end }}
