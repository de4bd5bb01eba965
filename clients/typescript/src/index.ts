export { EventBus, eventSystem, initializeEventSystem, shutdownEventSystem, WebhookManager } from './default.js';
export { EventSystem, type EventSystemOptions } from './system.js';
export { CarillonError, DeadLetterError, DeadlineError, QueueFullError, RetryLaterError, type ClientCode, type NodeCode } from './errors.js';
export { Jobs, JobWorker, type EnqueuedJob, type EnqueueOptions, type Job, type JobHandler, type JobState, type WorkOptions } from './jobs.js';
export { Schedules, type DelayedEvent, type Schedule, type ScheduleOptions, type ScheduleTiming } from './schedules.js';
export { secretFrom, signatureProblem, verifySignature, type HeadersLike, type VerifyOptions } from './signature.js';
export { matches } from './types.js';
export type {
  Audience,
  CarillonEvent,
  DeliveryContext,
  EventCatalogue,
  EventData,
  EventExtensions,
  EventHandler,
  EventPattern,
  EventType,
  JsonObject,
  PublishMetadata,
  PublishOptions,
  Receipt,
  StoredEvent,
} from './types.js';
export { Broadcaster, WebSocketBroadcaster, type BroadcasterOptions, type BroadcasterStats, type ClientSocket } from './broadcaster.js';
export type { EventQuery, ReplayFilter, ReplayOptions, ReplayProgress, WaitOptions } from './history.js';
export type { StreamedEvent, StreamOptions } from './stream.js';
export type { PublisherOptions } from './publisher.js';
export {
  TransactionPublisher,
  type Dialect,
  type DrizzleTransaction,
  type KnexTransaction,
  type PrismaTransaction,
  type QueryTransaction,
  type Transaction,
  type TransactionOptions,
} from './outbox.js';
export type { ConsumerSettings } from './consumer/definition.js';
export type { FilterCondition, FilterValue, MessageTemplate, PayloadFilter } from './filter.js';
export type { DurableSubscribeOptions, LiveSubscribeOptions, SubscribeOptions, Subscription } from './subscriptions.js';
export type { CreatedWebhook, Webhook, WebhookSettings, WebhookTrial } from './webhooks.js';
export type { Environment, OpenWebSocket, WebSocketLike } from './environment.js';
