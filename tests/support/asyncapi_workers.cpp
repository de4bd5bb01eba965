#include "tests/support/asyncapi_workers.hpp"

namespace carillon {

namespace {

constexpr std::string_view channel_text = R"(  /consume/{name}:
    description: Deliveries of a remote consumer, see workers.md. One message is one text frame.
    parameters:
      name: {description: Of the consumer, schema: {type: string, pattern: '^[a-z][a-z0-9._-]{0,63}$'}}
    bindings:
      ws: {method: GET}
    x-subprotocol: carillon.consumer.v1
    subscribe:
      operationId: receiveDeliveries
      message:
        oneOf:
          - {$ref: '#/components/messages/work.hello'}
          - {$ref: '#/components/messages/work.deliver'}
          - {$ref: '#/components/messages/work.acked'}
          - {$ref: '#/components/messages/work.stale'}
          - {$ref: '#/components/messages/work.drain'}
          - {$ref: '#/components/messages/work.error'}
    publish:
      operationId: settleDeliveries
      message:
        oneOf:
          - {$ref: '#/components/messages/worker.credit'}
          - {$ref: '#/components/messages/worker.ack'}
          - {$ref: '#/components/messages/worker.nack'}
          - {$ref: '#/components/messages/worker.extend'}
          - {$ref: '#/components/messages/worker.release'}
          - {$ref: '#/components/messages/worker.drain'}
  /consume/queue/{queue}:
    description: Jobs of a queue, see jobs.md. One message is one text frame.
    parameters:
      queue: {description: Its name, schema: {type: string, pattern: '^[a-z][a-z0-9_-]{0,63}$'}}
    bindings:
      ws: {method: GET}
    x-subprotocol: carillon.consumer.v1
    subscribe:
      operationId: receiveJobs
      message:
        oneOf:
          - {$ref: '#/components/messages/queue_work.hello'}
          - {$ref: '#/components/messages/queue_work.deliver'}
          - {$ref: '#/components/messages/queue_work.stale'}
          - {$ref: '#/components/messages/queue_work.drain'}
          - {$ref: '#/components/messages/queue_work.error'}
    publish:
      operationId: settleJobs
      message:
        oneOf:
          - {$ref: '#/components/messages/queue_worker.credit'}
          - {$ref: '#/components/messages/queue_worker.ack'}
          - {$ref: '#/components/messages/queue_worker.nack'}
          - {$ref: '#/components/messages/queue_worker.extend'}
          - {$ref: '#/components/messages/queue_worker.release'}
          - {$ref: '#/components/messages/queue_worker.progress'}
          - {$ref: '#/components/messages/queue_worker.drain'}
)";

constexpr std::string_view message_text = R"(    work.hello:
      name: work.hello
      messageId: work.hello
      summary: The first message of a consumer
      payload: {$ref: '#/components/schemas/WorkHello'}
      examples:
        - payload: {"op":"hello","consumer":"loyalty","generation":3,"history":"0123456789abcdef","ackTimeoutMs":30000}
    work.deliver:
      name: work.deliver
      messageId: work.deliver
      summary: Events, within the credit
      payload: {$ref: '#/components/schemas/WorkDeliver'}
      examples:
        - payload: {"op":"deliver","deliveries":[{"id":"loyalty-7","fence":"3.12","attempt":1,"deadline":"2026-12-01T12:00:30.000000Z","event":{"seq":7,"id":"order-cancelled/o-1","type":"order.cancelled","companyId":"c-1","data":{"orderId":"o-1","reason":"late"}}}]}
    work.acked:
      name: work.acked
      messageId: work.acked
      summary: The cursor is on disk
      payload: {$ref: '#/components/schemas/WorkAcked'}
      examples:
        - payload: {"op":"acked","upTo":7}
    work.stale:
      name: work.stale
      messageId: work.stale
      summary: Settlements that changed nothing
      payload: {$ref: '#/components/schemas/WorkStale'}
      examples:
        - payload: {"op":"stale","ids":["loyalty-7"]}
    work.drain:
      name: work.drain
      messageId: work.drain
      summary: The node stops, or the consumer is changed; settle what you have within a second
      payload: {$ref: '#/components/schemas/WorkDrain'}
      examples:
        - payload: {"op":"drain"}
    work.error:
      name: work.error
      messageId: work.error
      summary: What was wrong with a message; if the connection ends, the close follows
      payload: {$ref: '#/components/schemas/WorkError'}
      examples:
        - payload: {"op":"error","code":"invalid_argument","message":"a credit has 1 to 10000 deliveries"}
    worker.credit:
      name: worker.credit
      messageId: worker.credit
      summary: So many more deliveries
      payload: {$ref: '#/components/schemas/WorkerCredit'}
      examples:
        - payload: {"op":"credit","n":100}
    worker.ack:
      name: worker.ack
      messageId: worker.ack
      summary: They are done
      payload: {$ref: '#/components/schemas/WorkerAck'}
      examples:
        - payload: {"op":"ack","ids":["loyalty-7","loyalty-8"]}
        - payload: {"op":"ack","deliveries":[{"id":"loyalty-7","fence":"3.12"}]}
    worker.nack:
      name: worker.nack
      messageId: worker.nack
      summary: They failed
      payload: {$ref: '#/components/schemas/WorkerNack'}
      examples:
        - payload: {"op":"nack","id":"loyalty-7","reason":"the shop is closed","delayMs":5000,"dead":false}
    worker.extend:
      name: worker.extend
      messageId: worker.extend
      summary: They take longer
      payload: {$ref: '#/components/schemas/WorkerExtend'}
      examples:
        - payload: {"op":"extend","id":"loyalty-7","ms":60000}
    worker.release:
      name: worker.release
      messageId: worker.release
      summary: They were not begun
      payload: {$ref: '#/components/schemas/WorkerRelease'}
      examples:
        - payload: {"op":"release","ids":["loyalty-7"]}
    worker.drain:
      name: worker.drain
      messageId: worker.drain
      summary: No further deliveries
      payload: {$ref: '#/components/schemas/WorkerDrain'}
      examples:
        - payload: {"op":"drain"}
    queue_work.hello:
      name: queue_work.hello
      messageId: queue_work.hello
      summary: The first message of a queue
      payload: {$ref: '#/components/schemas/WorkHelloQueue'}
      examples:
        - payload: {"op":"hello","queue":"thumbnails","ackTimeoutMs":30000}
    queue_work.deliver:
      name: queue_work.deliver
      messageId: queue_work.deliver
      summary: Jobs, within the credit
      payload: {$ref: '#/components/schemas/WorkDeliverJobs'}
      examples:
        - payload: {"op":"deliver","deliveries":[{"id":"17","fence":"1.4","attempt":1,"deadline":"2026-12-01T12:00:30.000000Z","job":{"id":17,"queue":"thumbnails","kind":"thumbnails.small","key":"photo-9","companyId":"c-1","priority":0,"createdAt":"2026-12-01T12:00:00.000000Z","payload":{"photo":9}}}]}
    queue_work.stale:
      name: queue_work.stale
      messageId: queue_work.stale
      summary: Settlements that changed nothing
      payload: {$ref: '#/components/schemas/WorkStale'}
      examples:
        - payload: {"op":"stale","ids":["17"]}
    queue_work.drain:
      name: queue_work.drain
      messageId: queue_work.drain
      summary: The node stops, or the consumer is changed; settle what you have within a second
      payload: {$ref: '#/components/schemas/WorkDrain'}
      examples:
        - payload: {"op":"drain"}
    queue_work.error:
      name: queue_work.error
      messageId: queue_work.error
      summary: What was wrong with a message; if the connection ends, the close follows
      payload: {$ref: '#/components/schemas/WorkError'}
      examples:
        - payload: {"op":"error","code":"invalid_argument","message":"a credit has 1 to 10000 deliveries"}
    queue_worker.credit:
      name: queue_worker.credit
      messageId: queue_worker.credit
      summary: So many more deliveries
      payload: {$ref: '#/components/schemas/WorkerCredit'}
      examples:
        - payload: {"op":"credit","n":100}
    queue_worker.ack:
      name: queue_worker.ack
      messageId: queue_worker.ack
      summary: They are done; one result is that of all
      payload: {$ref: '#/components/schemas/WorkerAckJob'}
      examples:
        - payload: {"op":"ack","id":"17","result":{"pages":3}}
        - payload: {"op":"ack","ids":["17","18"]}
    queue_worker.nack:
      name: queue_worker.nack
      messageId: queue_worker.nack
      summary: They failed
      payload: {$ref: '#/components/schemas/WorkerNack'}
      examples:
        - payload: {"op":"nack","id":"17","reason":"the shop is closed","delayMs":5000,"dead":false}
    queue_worker.extend:
      name: queue_worker.extend
      messageId: queue_worker.extend
      summary: They take longer
      payload: {$ref: '#/components/schemas/WorkerExtend'}
      examples:
        - payload: {"op":"extend","id":"17","ms":60000}
    queue_worker.release:
      name: queue_worker.release
      messageId: queue_worker.release
      summary: They were not begun
      payload: {$ref: '#/components/schemas/WorkerRelease'}
      examples:
        - payload: {"op":"release","ids":["17"]}
    queue_worker.progress:
      name: queue_worker.progress
      messageId: queue_worker.progress
      summary: How far a job is; a note, a percentage, or both
      payload: {$ref: '#/components/schemas/WorkerProgress'}
      examples:
        - payload: {"op":"progress","id":"17","note":"page 2 of 3","percent":66}
    queue_worker.drain:
      name: queue_worker.drain
      messageId: queue_worker.drain
      summary: No further deliveries
      payload: {$ref: '#/components/schemas/WorkerDrain'}
      examples:
        - payload: {"op":"drain"}
)";

} // namespace

std::string_view worker_channels() noexcept {
  return channel_text;
}

std::string_view worker_messages() noexcept {
  return message_text;
}

} // namespace carillon
