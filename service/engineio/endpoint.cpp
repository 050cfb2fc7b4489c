#include "service/engineio/endpoint.hpp"

#include "service/engineio/hub.hpp"
#include "service/engineio/pollbody.hpp"

#include <utility>

namespace lm::engineio {
namespace {

http::Response toResponse(Answer answer) {
    http::Response response{answer.status, std::move(answer.body)};
    response.with("Cache-Control", "no-store");
    if (!answer.type.empty()) response.type = std::move(answer.type);
    if (answer.status == 503) response.with("Retry-After", "1").asRefusal().code = "too_many_sessions";
    return response;
}

/// A request of the front that is answered from the sessions' thread.
class HttpExchange : public Exchange {
public:
    explicit HttpExchange(std::shared_ptr<Unfetched> unfetched) : unfetched_(std::move(unfetched)) {}
    /// Before anything is asked.
    void begin(http::Answer reply) { reply_ = std::move(reply); }
    void answer(Answer answer) override {
        auto reply = std::exchange(reply_, nullptr);
        if (!reply) return;
        http::Response response = toResponse(std::move(answer));
        // Without it a client knows that something is missing, and begins anew.
        if (!holdUnfetched(response, unfetched_)) response = toResponse(refuseBusy());
        reply(std::move(response));
    }

private:
    std::shared_ptr<Unfetched> unfetched_;
    http::Answer reply_;
};

} // namespace

Endpoint::Endpoint(LoopThread& thread, Settings settings, Application& application, EndpointOptions options)
    : thread_(thread), patience_(settings.pingInterval + settings.pingTimeout + std::chrono::seconds(10)),
      unfetched_(std::make_shared<Unfetched>(options.maxUnfetchedBytes)) {
    thread_.run([&] { hub_ = std::make_unique<Hub>(settings, application, options); });
}

Endpoint::~Endpoint() {
    thread_.run([this] { hub_.reset(); });
}

void Endpoint::attach(http::Router& router, const std::string& path) {
    const auto taken = [this](const http::Request& request) { return take(request); };
    router.add("GET", path, taken);
    router.add("POST", path, taken);
    router.addOtherwise(path,
                        [](const http::Request&) { return toResponse(refuse(Refusal::BadHandshakeMethod)); });
    router.addSocket(path, [this](const http::Request& request) { return admit(request); });
}

http::Response Endpoint::take(const http::Request& request) {
    const Query query = parseQuery(request.query);
    if (const auto wrong = checkRequest(query, request.method)) return toResponse(refuse(*wrong));
    auto exchange = std::make_shared<HttpExchange>(unfetched_);
    http::Response response;
    response.patience = patience_;
    response.later = [this, query, exchange, method = request.method, body = request.body,
                      type = std::string(request.header("Content-Type"))](http::Answer reply) {
        exchange->begin(std::move(reply));
        thread_.post([hub = hub_.get(), query, exchange, method, body, type] {
            hub->server().request(query, method, type, body, exchange);
            hub->turn();
        });
    };
    response.abandoned = [this, sid = query.sid, exchange] {
        thread_.post([hub = hub_.get(), sid, exchange] {
            hub->server().abandoned(sid, *exchange);
            hub->turn();
        });
    };
    return response;
}

http::Admission Endpoint::admit(const http::Request& request) {
    Query query = parseQuery(request.query);
    if (auto refusal = hub_->server().admit(query)) return {toResponse(std::move(*refusal)), {}};
    return {{}, [this, query = std::move(query)](Ref<GIOStream> stream) {
                thread_.post([hub = hub_.get(), query, stream] { hub->adopt(stream, query), hub->turn(); });
            }};
}

void Endpoint::run(std::function<void()> call) {
    thread_.post([hub = hub_.get(), call = std::move(call)] {
        call();
        hub->turn();
    });
}

void Endpoint::close() {
    thread_.post([hub = hub_.get()] {
        hub->server().close(Reason::ServerShuttingDown);
        hub->turn();
    });
}

const Stats& Endpoint::stats() const {
    return hub_->server().stats();
}

std::size_t Endpoint::sessions() const {
    return hub_->server().sessionCount();
}

} // namespace lm::engineio
