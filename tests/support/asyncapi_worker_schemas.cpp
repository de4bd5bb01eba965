#include "tests/support/asyncapi_workers.hpp"

namespace carillon {

namespace {

constexpr std::string_view schema_text = R"(    WorkerCredit:
      title: WorkerCredit
      type: object
      additionalProperties: false
      required: [op, n]
      properties:
        op: {type: string, const: credit}
        n: {type: integer, minimum: 1, maximum: 10000}
    WorkerAck:
      title: WorkerAck
      type: object
      additionalProperties: false
      oneOf: [{required: [ids]}, {required: [id]}, {required: [deliveries]}]
      required: [op]
      properties:
        op: {type: string, const: ack}
        ids: {type: array, minItems: 1, maxItems: 10000, items: {type: string}}
        id: {type: string, description: Of the delivery}
        fence: {type: string, description: 'Of the hand-over; without it, the last one to this connection'}
        deliveries: {type: array, minItems: 1, maxItems: 10000, items: {$ref: '#/components/schemas/DeliveryReference'}}
    WorkerAckJob:
      title: WorkerAckJob
      type: object
      additionalProperties: false
      oneOf: [{required: [ids]}, {required: [id]}, {required: [deliveries]}]
      required: [op]
      properties:
        op: {type: string, const: ack}
        ids: {type: array, minItems: 1, maxItems: 10000, items: {type: string}}
        id: {type: string, description: Of the delivery}
        fence: {type: string, description: 'Of the hand-over; without it, the last one to this connection'}
        deliveries: {type: array, minItems: 1, maxItems: 10000, items: {$ref: '#/components/schemas/DeliveryReference'}}
        result: {description: 'Any JSON of at most 32 KiB; not with ids'}
    WorkerNack:
      title: WorkerNack
      type: object
      additionalProperties: false
      oneOf: [{required: [id]}, {required: [deliveries]}]
      required: [op]
      properties:
        op: {type: string, const: nack}
        id: {type: string, description: Of the delivery}
        fence: {type: string, description: 'Of the hand-over; without it, the last one to this connection'}
        deliveries: {type: array, minItems: 1, maxItems: 10000, items: {$ref: '#/components/schemas/DeliveryReference'}}
        reason: {type: string, description: At most 1000 bytes are kept}
        delayMs: {type: integer, minimum: 0, maximum: 2147483647, description: The next attempt comes no earlier}
        dead: {type: boolean, default: false, description: No further attempt helps}
    WorkerExtend:
      title: WorkerExtend
      type: object
      additionalProperties: false
      oneOf: [{required: [id]}, {required: [deliveries]}]
      required: [op, ms]
      properties:
        op: {type: string, const: extend}
        id: {type: string, description: Of the delivery}
        fence: {type: string, description: 'Of the hand-over; without it, the last one to this connection'}
        deliveries: {type: array, minItems: 1, maxItems: 10000, items: {$ref: '#/components/schemas/DeliveryReference'}}
        ms: {type: integer, minimum: 0, maximum: 3600000, description: From now on}
    WorkerRelease:
      title: WorkerRelease
      type: object
      additionalProperties: false
      oneOf: [{required: [ids]}, {required: [id]}, {required: [deliveries]}]
      required: [op]
      properties:
        op: {type: string, const: release}
        ids: {type: array, minItems: 1, maxItems: 10000, items: {type: string}}
        id: {type: string, description: Of the delivery}
        fence: {type: string, description: 'Of the hand-over; without it, the last one to this connection'}
        deliveries: {type: array, minItems: 1, maxItems: 10000, items: {$ref: '#/components/schemas/DeliveryReference'}}
    WorkerProgress:
      title: WorkerProgress
      type: object
      additionalProperties: false
      oneOf: [{required: [id]}, {required: [deliveries]}]
      anyOf: [{required: [note]}, {required: [percent]}]
      required: [op]
      properties:
        op: {type: string, const: progress}
        id: {type: string, description: Of the delivery}
        fence: {type: string, description: 'Of the hand-over; without it, the last one to this connection'}
        deliveries: {type: array, minItems: 1, maxItems: 10000, items: {$ref: '#/components/schemas/DeliveryReference'}}
        note: {type: string, maxLength: 500}
        percent: {type: integer, minimum: 0, maximum: 100}
    WorkerDrain:
      title: WorkerDrain
      type: object
      additionalProperties: false
      required: [op]
      properties:
        op: {type: string, const: drain}
    WorkHello:
      title: WorkHello
      type: object
      required: [op, consumer, generation, history, ackTimeoutMs]
      properties:
        op: {type: string, const: hello}
        consumer: {type: string, description: Its name}
        generation: {type: integer, minimum: 1, description: The number that fences begin with}
        history: {type: string, description: Which history of the log its positions are of}
        ackTimeoutMs: {type: integer, minimum: 1, description: A delivery that is not settled or extended for so long has failed}
    WorkHelloQueue:
      title: WorkHelloQueue
      type: object
      required: [op, queue, ackTimeoutMs]
      properties:
        op: {type: string, const: hello}
        queue: {type: string, description: Its name}
        ackTimeoutMs: {type: integer, minimum: 1, description: A delivery that is not settled or extended for so long has failed}
    WorkDeliver:
      title: WorkDeliver
      type: object
      required: [op, deliveries]
      properties:
        op: {type: string, const: deliver}
        deliveries: {type: array, minItems: 1, items: {$ref: '#/components/schemas/HandedDelivery'}}
    WorkDeliverJobs:
      title: WorkDeliverJobs
      type: object
      required: [op, deliveries]
      properties:
        op: {type: string, const: deliver}
        deliveries: {type: array, minItems: 1, items: {$ref: '#/components/schemas/HandedJob'}}
    WorkAcked:
      title: WorkAcked
      type: object
      required: [op, upTo]
      properties:
        op: {type: string, const: acked}
        upTo: {type: integer, minimum: 0, description: No event up to this position comes again}
    WorkStale:
      title: WorkStale
      type: object
      required: [op, ids]
      properties:
        op: {type: string, const: stale}
        ids: {type: array, minItems: 1, items: {type: string}, description: The worker does not have these deliveries any more}
    WorkDrain:
      title: WorkDrain
      type: object
      required: [op]
      properties:
        op: {type: string, const: drain}
    WorkError:
      title: WorkError
      type: object
      required: [op, code, message]
      properties:
        op: {type: string, const: error}
        code: {type: string, description: One of those of the HTTP API}
        message: {type: [string, 'null'], description: For people}
    DeliveryReference:
      title: DeliveryReference
      type: object
      additionalProperties: false
      required: [id, fence]
      properties:
        id: {type: string, description: Of the delivery}
        fence: {type: string, description: Of the hand-over}
    HandedDelivery:
      title: HandedDelivery
      type: object
      required: [id, fence, attempt, deadline, event]
      properties:
        id: {type: string, description: The same for every attempt}
        fence: {type: string, description: Another one for each hand-over}
        attempt: {type: integer, minimum: 1}
        deadline: {type: string, format: date-time, description: 'To be settled, or extended, before'}
        replay: {type: integer, minimum: 1, description: Number of the replay by which an operator delivers it again}
        traceparent: {type: string, description: 'The trace that the worker continues, as W3C Trace Context'}
        event: {$ref: '#/components/schemas/AnyEvent'}
    HandedJob:
      title: HandedJob
      type: object
      required: [id, fence, attempt, deadline, job]
      properties:
        id: {type: string, description: The same for every attempt}
        fence: {type: string, description: Another one for each hand-over}
        attempt: {type: integer, minimum: 1}
        deadline: {type: string, format: date-time, description: 'To be settled, or extended, before'}
        traceparent: {type: string, description: 'The trace that the worker continues, as W3C Trace Context'}
        job: {$ref: '#/components/schemas/WorkersJob'}
    WorkersJob:
      title: WorkersJob
      type: object
      required: [id, queue, kind, key, companyId, priority, createdAt, payload]
      properties:
        id: {type: integer, minimum: 1}
        queue: {type: string}
        kind: {type: string, description: What is to be done}
        key: {type: string}
        companyId: {type: [string, 'null']}
        priority: {type: integer, minimum: -100, maximum: 100}
        createdAt: {type: string, format: date-time}
        payload: {type: object, additionalProperties: true, description: At most 256 KiB}
)";

} // namespace

std::string_view worker_schemas() noexcept {
  return schema_text;
}

} // namespace carillon
