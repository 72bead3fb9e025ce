import type { Event } from '../objects.ts'
import { EVENTS } from '../resources.ts'
import { NAME, text, wide } from './columns.ts'
import { define } from './define.ts'
import { invalid } from './field-error.ts'
import { timeSince } from './human-duration.ts'

function firstSeen(event: Event, now: Date): string {
  return timeSince(event.firstTimestamp ?? event.eventTime, now)
}

/** Newer recorders count repeats in a series; older ones move lastTimestamp. */
function lastSeen(event: Event, now: Date): string {
  if (event.series) return timeSince(event.series.lastObservedTime, now)
  return event.lastTimestamp ? timeSince(event.lastTimestamp, now) : firstSeen(event, now)
}

function sourceText({ source, reportingComponent, reportingInstance }: Event): string {
  const parts = source?.component ? [source.component, source.host] : [reportingComponent, reportingInstance]
  return parts.filter(Boolean).join(', ')
}

function objectText({ involvedObject: { kind = '', name } }: Event): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase()
}

export const events = define<Event>(EVENTS, {
  singular: 'event',
  shortNames: ['ev'],
  columns: [
    text('Last Seen', 'How long ago it last happened.', lastSeen),
    text('Type', 'Normal or Warning.', (event) => event.type ?? ''),
    text('Reason', 'Why, in one word for programs.', (event) => event.reason ?? ''),
    text('Object', 'What it is about.', objectText),
    wide(text('Subobject', 'Which part of the object.', (event) => event.involvedObject.fieldPath ?? '')),
    wide(text('Source', 'Who reported it.', sourceText)),
    text('Message', 'What happened, for people.', (event) => (event.message ?? '').trim()),
    wide(text('First Seen', 'How long ago it first happened.', firstSeen)),
    wide(text('Count', 'How often it happened.', (event) => event.series?.count ?? (event.count || 1))),
    wide(NAME),
  ],
  validate({ metadata, involvedObject }) {
    const about = involvedObject.namespace || 'default'
    if (about === metadata.namespace) return []
    return [
      invalid('involvedObject.namespace', involvedObject.namespace ?? '', 'does not match event.namespace'),
    ]
  },
  selectableFields: ({ involvedObject, reason, reportingComponent, source, type }) => ({
    'involvedObject.kind': involvedObject.kind ?? '',
    'involvedObject.namespace': involvedObject.namespace ?? '',
    'involvedObject.name': involvedObject.name ?? '',
    'involvedObject.uid': involvedObject.uid ?? '',
    'involvedObject.apiVersion': involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': involvedObject.fieldPath ?? '',
    reason: reason ?? '',
    reportingComponent: reportingComponent ?? '',
    source: source?.component || (reportingComponent ?? ''),
    type: type ?? '',
  }),
})
