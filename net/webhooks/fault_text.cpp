#include "net/webhooks/fault_text.hpp"

#include <openssl/x509_vfy.h>

#include <algorithm>

namespace carillon::http {

namespace {

constexpr size_t max_text_bytes = 300;

std::string within(std::chrono::milliseconds limit) {
  return " within " + std::to_string(limit.count()) + " ms";
}

fault_and_text explain_timeout(const exchange_facts& x) {
  auto connecting = within(std::min(x.connect_deadline, x.total_deadline));
  auto all = within(x.total_deadline);
  if (x.head_done)
    return {http_fault::timeout, "the body did not end in time"};
  if (x.first_byte)
    return {http_fault::timeout, "the head of the answer did not end" + all};
  if (!x.resolved)
    return {http_fault::timeout, "the host name was not resolved" + connecting};
  if (!x.connected)
    return {http_fault::timeout, "no connection to the host" + connecting};
  if (x.tls && !x.tls_done)
    return {http_fault::timeout, "the TLS handshake did not end" + connecting};
  return {http_fault::timeout, "no answer" + all};
}

std::string explain_certificate(long verify_result) {
  switch (verify_result) {
  // libcurl compares the names itself, before it notes a result.
  case X509_V_OK:
  case X509_V_ERR_UNSPECIFIED:
  case X509_V_ERR_HOSTNAME_MISMATCH:
  case X509_V_ERR_IP_ADDRESS_MISMATCH:
    return "the certificate is not valid for this host";
  case X509_V_ERR_CERT_HAS_EXPIRED:
    return "the certificate has expired";
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return "the certificate is not valid yet";
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    return "the certificate is self-signed";
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    return "the certificate is of an authority that is not trusted";
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    return "the certificate is of an authority that is not known, or an intermediate certificate "
           "is missing";
  default:
    return printable("the certificate was not accepted: "
                     + std::string{X509_verify_cert_error_string(verify_result)});
  }
}

fault_and_text explain_tls(const exchange_facts& x) {
  if (x.code == CURLE_PEER_FAILED_VERIFICATION)
    return {http_fault::tls, explain_certificate(x.verify_result)};
  auto says = [&](std::string_view text) { return x.detail.find(text) != std::string_view::npos; };
  if (says("protocol version") || says("unsupported protocol"))
    return {http_fault::tls, "the receiver does not speak TLS 1.2 or newer"};
  if (says("wrong version number"))
    return {http_fault::tls, "the receiver does not speak TLS on this port"};
  if (says("SSL_ERROR_SYSCALL") || says("unexpected eof") || says("reset by peer")
      || x.detail.empty())
    return {http_fault::tls, "the receiver broke off the TLS handshake"};
  return {http_fault::tls, printable("the TLS handshake failed: " + std::string{x.detail})};
}

fault_and_text explain_broken(const exchange_facts& x) {
  if (x.head_done)
    return {http_fault::protocol, "the connection broke off before the end of the body"};
  if (x.first_byte)
    return {http_fault::protocol, "the connection broke off within the head of the answer"};
  return {http_fault::connect, "the connection broke off before the answer"};
}

fault_and_text explain_connect(const exchange_facts& x) {
  if (x.no_socket)
    return {http_fault::not_sent, "the node is out of sockets"};
  if (x.opened == 0 && x.refused > 0)
    return {http_fault::address_refused, "no address of the host may be called"};
  return {http_fault::connect, "the host did not accept the connection"};
}

} // namespace

fault_and_text explain(const exchange_facts& x) {
  if (x.too_large)
    return {http_fault::too_large, x.head_done ? "the trailers of the answer are too large"
                                               : "the head of the answer is too large"};
  if (x.switched)
    return {http_fault::protocol, "the answer switches to a protocol that was not asked for"};
  switch (x.code) {
  case CURLE_OPERATION_TIMEDOUT:
    return explain_timeout(x);
  case CURLE_URL_MALFORMAT:
    return {http_fault::url, "the URL is malformed"};
  case CURLE_COULDNT_RESOLVE_HOST:
    return {http_fault::dns, "the host name has no address"};
  case CURLE_COULDNT_RESOLVE_PROXY:
    return {http_fault::connect, "the name of the proxy has no address"};
  case CURLE_COULDNT_CONNECT:
    return explain_connect(x);
  case CURLE_ABORTED_BY_CALLBACK:
    return {http_fault::address_refused, "no address of the host may be called"};
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS:
    return explain_tls(x);
  case CURLE_SSL_CACERT_BADFILE:
    return {http_fault::not_sent, "the node cannot read the certificates that it trusts"};
  case CURLE_GOT_NOTHING:
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_PARTIAL_FILE:
    return explain_broken(x);
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM:
    return {http_fault::protocol, "the HTTP/2 stream broke off"};
  case CURLE_OUT_OF_MEMORY:
    // libcurl's own limit of a line of the head ends like this.
    if (x.connected && (x.tls_done || !x.tls) && !x.head_done)
      return {http_fault::too_large, "a line of the head of the answer is too large"};
    return {http_fault::not_sent, "the node is out of memory"};
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_WEIRD_SERVER_REPLY:
    return {http_fault::protocol, "the answer is not HTTP"};
  default:
    return {http_fault::protocol,
            printable(std::string{"the answer was not understood: "} + curl_easy_strerror(x.code))};
  }
}

std::string printable(std::string_view text) {
  std::string out{text.substr(0, max_text_bytes)};
  std::replace_if(
    out.begin(), out.end(), [](char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return out;
}

} // namespace carillon::http
