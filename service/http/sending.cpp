/// The part of Front that sends bodies which are read meanwhile.

#include "plugins/common/cboundary.hpp"
#include "plugins/common/loopthread.hpp"
#include "service/http/front.hpp"

namespace lm::http {
namespace {

/// The bytes without a copy.
Ref<GBytes> bytesOf(std::string piece) {
    auto* text = new std::string(std::move(piece));
    return Ref<GBytes>::adopt(g_bytes_new_with_free_func(
        text->data(), text->size(), [](gpointer data) { delete static_cast<std::string*>(data); }, text));
}

} // namespace

Front::Sending::Sending(Front& front, std::uint64_t place, SoupServerMessage* answered,
                        std::shared_ptr<BodySource> body)
    : owner(front), number(place), message(Ref<SoupServerMessage>::share(answered)), source(std::move(body)),
      endsItself(source->size() == BodySource::unknownSize), left(source->size()),
      wrote_(g_signal_connect(answered, "wrote-chunk", G_CALLBACK(+[](SoupServerMessage*, gpointer self) {
                                  fence("http body", [&] {
                                      auto* sending = static_cast<Sending*>(self);
                                      sending->owner.readPiece(*sending);
                                  });
                              }),
                              this)),
      finished_(g_signal_connect(answered, "finished", G_CALLBACK(+[](SoupServerMessage*, gpointer self) {
                                     fence("http body", [&] {
                                         auto* sending = static_cast<Sending*>(self);
                                         // Later: this is one of its own callbacks.
                                         sending->gone = true;
                                         sending->owner.dropLater(sending->number);
                                     });
                                 }),
                                 this)) {}

Front::Sending::~Sending() {
    g_signal_handler_disconnect(message.get(), wrote_);
    g_signal_handler_disconnect(message.get(), finished_);
}

void Front::send(SoupServerMessage* message, const Request& request, std::shared_ptr<BodySource> source) {
    SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
    // A client of HTTP/1.0 knows no chunks: the end of the connection is that of the body (RFC 9112, 6.1).
    const bool old = soup_server_message_get_http_version(message) == SOUP_HTTP_1_0;
    if (source->size() == BodySource::unknownSize)
        soup_message_headers_set_encoding(headers, old ? SOUP_ENCODING_EOF : SOUP_ENCODING_CHUNKED);
    else
        soup_message_headers_set_content_length(headers, static_cast<goffset>(source->size()));
    if (request.method == "HEAD" || source->size() == 0) return;
    soup_message_body_set_accumulate(soup_server_message_get_response_body(message), FALSE);
    const std::uint64_t number = waits_++;
    auto& sending =
        *sending_.emplace(number, std::make_unique<Sending>(*this, number, message, std::move(source)))
             .first->second;
    readPiece(sending);
}

/// One piece is read when the one before it has gone out; each may take as long as a whole request.
void Front::readPiece(Sending& sending) {
    if (sending.left == 0) return;
    if (Connection* connection = Connection::of(sending.message.get())) connection->allow(deadlines_.request);
    const auto context = Ref<GMainContext>::adopt(g_main_context_ref_thread_default());
    sending.source->read(
        [context, number = sending.number, self = std::weak_ptr<Front*>(self_)](BodySource::Piece piece) {
            postTo(context.get(), [number, self, piece = std::move(piece)]() mutable {
                if (const auto front = self.lock()) (*front)->pieceArrived(number, std::move(piece));
            });
        });
}

void Front::pieceArrived(std::uint64_t number, BodySource::Piece piece) {
    const auto found = sending_.find(number);
    if (found == sending_.end() || found->second->gone) return;
    Sending& sending = *found->second;
    const bool ends = piece && piece->empty() && sending.endsItself;
    if (!piece || (piece->empty() && !ends) || piece->size() > sending.left) return abandon(sending);
    SoupMessageBody* body = soup_server_message_get_response_body(sending.message.get());
    if (ends) {
        sending.left = 0;
        soup_message_body_complete(body);
    } else {
        if (!sending.endsItself) sending.left -= piece->size();
        soup_message_body_append_bytes(body, bytesOf(std::move(*piece)).get());
    }
    soup_server_message_unpause(sending.message.get());
}

/// Between two pieces libsoup watches no socket: it has to write something to see that it is gone.
void Front::abandon(Sending& sending) {
    if (sending.gone) return;
    sending.left = 0;
    if (Connection* connection = Connection::of(sending.message.get())) connection->cut();
    soup_message_body_append(soup_server_message_get_response_body(sending.message.get()), SOUP_MEMORY_STATIC,
                             "", 1);
    soup_server_message_unpause(sending.message.get());
}

void Front::dropLater(std::uint64_t number) {
    const auto context = Ref<GMainContext>::adopt(g_main_context_ref_thread_default());
    postTo(context.get(), [number, self = std::weak_ptr<Front*>(self_)] {
        if (const auto front = self.lock()) (*front)->sending_.erase(number);
    });
}

/// What is still being sent is cut.
void Front::endSending() {
    for (const auto& [number, sending] : std::exchange(sending_, {}))
        abandon(*sending);
}

} // namespace lm::http
