// Made from the catalogue of a node by `npm run catalogue`. Do not edit.

/** `data` of each event type that every node knows. */
export interface BuiltInEvents {
  /** Audience: user. */
  'ai.analysis_completed': {
    companyId?: string | null;
    userId?: string | null;
    requestId: string;
    kind: string;
    model: string;
    durationMs: number;
    tokens: number;
    [name: string]: unknown;
  };
  /** Audience: user. */
  'ai.analysis_failed': {
    companyId?: string | null;
    userId?: string | null;
    requestId: string;
    kind: string;
    model: string;
    error: string;
    [name: string]: unknown;
  };
  /** Audience: user. */
  'ai.analysis_requested': {
    companyId?: string | null;
    userId?: string | null;
    requestId: string;
    kind: string;
    model: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'ai.insight_generated': {
    companyId?: string | null;
    userId?: string | null;
    insightId: string;
    title: string;
    confidence: number;
    [name: string]: unknown;
  };
  /** Audience: none. */
  'consumer.stalled': {
    companyId?: string | null;
    userId?: string | null;
    consumer: string;
    lag: number;
    aloneSince: string;
    [name: string]: unknown;
  };
  /** Audience: none. */
  'handler.dead_lettered': {
    companyId?: string | null;
    userId?: string | null;
    handler: string;
    eventId: string;
    attempts: number;
    error: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'inventory.low_stock': {
    companyId?: string | null;
    userId?: string | null;
    productId: string;
    sku: string;
    quantity: number;
    threshold: number;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'inventory.out_of_stock': {
    companyId?: string | null;
    userId?: string | null;
    productId: string;
    sku: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'inventory.restocked': {
    companyId?: string | null;
    userId?: string | null;
    productId: string;
    sku: string;
    quantity: number;
    added: number;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'inventory.updated': {
    companyId?: string | null;
    userId?: string | null;
    productId: string;
    sku: string;
    quantity: number;
    previousQuantity: number;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'marketplace.listing_created': {
    companyId?: string | null;
    userId?: string | null;
    listingId: string;
    productId: string;
    price: number;
    currency: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'marketplace.listing_sold': {
    companyId?: string | null;
    userId?: string | null;
    listingId: string;
    orderId: string;
    price: number;
    currency: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'marketplace.sync_completed': {
    companyId?: string | null;
    userId?: string | null;
    marketplace: string;
    listings: number;
    errors: number;
    [name: string]: unknown;
  };
  /** Audience: user. */
  'notification.sent': {
    companyId?: string | null;
    userId?: string | null;
    notificationId: string;
    channel: string;
    title: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'order.cancelled': {
    companyId?: string | null;
    userId?: string | null;
    orderId: string;
    reason: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'order.created': {
    companyId?: string | null;
    userId?: string | null;
    orderId: string;
    total: number;
    items: unknown[] | number;
    status: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'order.delivered': {
    companyId?: string | null;
    userId?: string | null;
    orderId: string;
    deliveredAt: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'order.shipped': {
    companyId?: string | null;
    userId?: string | null;
    orderId: string;
    carrier: string;
    trackingNumber: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'order.updated': {
    companyId?: string | null;
    userId?: string | null;
    orderId: string;
    status: string;
    previousStatus: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'payment.failed': {
    companyId?: string | null;
    userId?: string | null;
    paymentId: string;
    orderId: string;
    amount: number;
    currency: string;
    reason: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'payment.refunded': {
    companyId?: string | null;
    userId?: string | null;
    paymentId: string;
    orderId: string;
    amount: number;
    currency: string;
    reason: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'payment.succeeded': {
    companyId?: string | null;
    userId?: string | null;
    paymentId: string;
    orderId: string;
    amount: number;
    currency: string;
    [name: string]: unknown;
  };
  /** Audience: none. */
  'security.access_denied': {
    companyId?: string | null;
    userId?: string | null;
    principal: string;
    action: string;
    ip: string;
    [name: string]: unknown;
  };
  /** Audience: none. */
  'security.login_failed': {
    companyId?: string | null;
    userId?: string | null;
    ip: string;
    reason: string;
    [name: string]: unknown;
  };
  /** Audience: none. */
  'system.alert': {
    companyId?: string | null;
    userId?: string | null;
    alert: string;
    subject: string;
    state: string;
    value: number;
    threshold: number;
    message: string;
    since: string;
    [name: string]: unknown;
  };
  /** Audience: none. */
  'system.error': {
    companyId?: string | null;
    userId?: string | null;
    component: string;
    message: string;
    severity: string;
    [name: string]: unknown;
  };
  /** Audience: all. */
  'system.maintenance': {
    companyId?: string | null;
    userId?: string | null;
    message: string;
    startsAt: string;
    endsAt: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'user.deleted': {
    companyId?: string | null;
    userId?: string | null;
    reason: string;
    [name: string]: unknown;
  };
  /** Audience: user. */
  'user.login': {
    companyId?: string | null;
    userId?: string | null;
    ip: string;
    userAgent: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'user.registered': {
    companyId?: string | null;
    userId?: string | null;
    email: string;
    role: string;
    [name: string]: unknown;
  };
  /** Audience: user. */
  'user.updated': {
    companyId?: string | null;
    userId?: string | null;
    fields: string[];
    [name: string]: unknown;
  };
  /** Audience: company. */
  'webhook.delivery_exhausted': {
    companyId?: string | null;
    userId?: string | null;
    webhookId: string;
    deliveryId: string;
    eventId: string;
    attempts: number;
    lastStatus: number;
    failingSince: string;
    [name: string]: unknown;
  };
  /** Audience: company. */
  'webhook.endpoint_disabled': {
    companyId?: string | null;
    userId?: string | null;
    webhookId: string;
    url: string;
    reason: string;
    [name: string]: unknown;
  };
}
