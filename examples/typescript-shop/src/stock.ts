import { DeadLetterError, EventBus, type CarillonEvent, type Subscription } from 'carillon';

/** Reserves what was ordered. Durable: an order that fails is tried again, the others of a customer wait for it. */
async function reserveStock(event: CarillonEvent<'order.created'>): Promise<void> {
  const { items, orderId } = event.data;
  const count = typeof items === 'number' ? items : items.length;
  if (count > 1_000) throw new DeadLetterError(`order ${orderId} has ${count} items: a person has to look at it`);
  // The id is made of the order's, so that a repeat publishes nothing.
  await EventBus.publish(
    'inventory.updated',
    { productId: 'bell', sku: 'bell', quantity: -count, previousQuantity: 0 },
    { companyId: event.companyId, causationId: event.id },
    { id: `stock/${orderId}` },
  );
}

export function startStock(): Subscription {
  return EventBus.subscribe('order.created', reserveStock, { name: 'shop.stock', order: 'per_key', key: 'user', start: 'beginning' });
}
