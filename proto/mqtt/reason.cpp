#include "proto/mqtt/types.hpp"

namespace tidegate::mqtt {

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::kSuccess: return "success";
    case Reason::kGrantedQos1: return "granted QoS 1";
    case Reason::kGrantedQos2: return "granted QoS 2";
    case Reason::kDisconnectWithWill: return "disconnect with will message";
    case Reason::kNoMatchingSubscribers: return "no matching subscribers";
    case Reason::kNoSubscriptionExisted: return "no subscription existed";
    case Reason::kUnspecified: return "unspecified error";
    case Reason::kMalformedPacket: return "malformed packet";
    case Reason::kProtocolError: return "protocol error";
    case Reason::kImplementationSpecific: return "not accepted by this server";
    case Reason::kUnsupportedVersion: return "unsupported protocol version";
    case Reason::kClientIdNotValid: return "client identifier not valid";
    case Reason::kBadUserNameOrPassword: return "bad user name or password";
    case Reason::kNotAuthorized: return "not authorized";
    case Reason::kServerUnavailable: return "server unavailable";
    case Reason::kServerBusy: return "server busy";
    case Reason::kServerShuttingDown: return "server shutting down";
    case Reason::kBadAuthenticationMethod: return "bad authentication method";
    case Reason::kKeepAliveTimeout: return "keep alive timeout";
    case Reason::kSessionTakenOver: return "session taken over";
    case Reason::kTopicFilterInvalid: return "topic filter invalid";
    case Reason::kTopicNameInvalid: return "topic name invalid";
    case Reason::kPacketIdentifierNotFound: return "packet identifier not found";
    case Reason::kReceiveMaximumExceeded: return "receive maximum exceeded";
    case Reason::kTopicAliasInvalid: return "topic alias invalid";
    case Reason::kPacketTooLarge: return "packet too large";
    case Reason::kQuotaExceeded: return "quota exceeded";
    case Reason::kQosNotSupported: return "QoS not supported";
    case Reason::kSharedSubscriptionsNotSupported: return "shared subscriptions not supported";
  }
  return "unknown reason code";  // a client's DISCONNECT may carry one that has no name here
}

}  // namespace tidegate::mqtt
