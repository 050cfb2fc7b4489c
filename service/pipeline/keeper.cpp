#include "service/pipeline/keeper.hpp"

#include "plugins/common/names.hpp"
#include "service/logging/log.hpp"
#include "service/pipeline/busevents.hpp"
#include "service/pipeline/trackvalues.hpp"
#include "service/pipeline/values.hpp"

namespace lm::pipeline {
namespace {

using logging::Level;

constexpr char component[] = "spool";

struct Teller {
    static void block(Level level, const char* what, const BlockId& id, const std::string& meeting,
                      const std::string& participant, const std::string& track, const std::string& reason) {
        logging::log(level, component, what,
                     {{"meetingId", meeting},
                      {"participant", participant},
                      {"trackId", track},
                      {"sequence", id.sequence},
                      {"key", id.key},
                      {"reason", reason}});
    }
    void operator()(const DeliveredFromSpoolEvent& e) const {
        block(Level::Info, "block delivered out of the spool", e.block, e.meeting, e.participant, e.track,
              "");
    }
    void operator()(const DeadLetterEvent& e) const {
        block(Level::Error, "block will not be delivered, kept as a dead letter", e.block, e.meeting,
              e.participant, e.track, e.reason);
    }
    void operator()(const CircuitEvent& e) const {
        const auto level = e.refused ? Level::Error : e.state == "open" ? Level::Warning : Level::Info;
        logging::log(level, component, "the analysis service's circuit is " + e.state,
                     {{"endpoint", e.endpoint}, {"failures", e.failures}, {"reason", e.reason}});
    }
    void operator()(const SpoolNoticeEvent& e) const { logging::warning(component, e.text, {}); }
    template <typename Other> void operator()(const Other&) const {}
};

/// The reason of a start that failed.
std::string reasonOf(GstBus* bus) {
    const auto message = Ref<GstMessage>::adopt(gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR));
    if (!message) return "the spool cannot be started";
    Owned<GError> error;
    gst_message_parse_error(message.get(), OutPtr(error), nullptr);
    return error ? error->message : "the spool cannot be started";
}

} // namespace

Result<std::unique_ptr<Keeper>> Keeper::create(const config::Settings& settings, Notify notify) {
    if (settings.imentiv.endpointUrl.empty() || settings.imentiv.spoolDir.empty())
        return std::unique_ptr<Keeper>();
    auto sink = Ref<GstElement>::sink(gst_element_factory_make(names::imentivsink::factory, "spool-keeper"));
    if (!sink) return Error{"there is no element imentivsink", "IMENTIV_SPOOL_DIR"};
    for (const auto& [name, value] : deliveryValues(settings))
        if (auto error = setProperty(sink.get(), name, value)) return *error;
    g_object_set(sink.get(), names::imentivsink::spoolReceipts, TRUE, nullptr);
    auto bus = Ref<GstBus>::adopt(gst_bus_new());
    gst_element_set_bus(sink.get(), bus.get());
    std::unique_ptr<Keeper> keeper(new Keeper(std::move(sink), std::move(bus), std::move(notify)));
    if (gst_element_set_state(keeper->sink_.get(), GST_STATE_READY) == GST_STATE_CHANGE_FAILURE)
        return Error{reasonOf(keeper->bus_.get()), "IMENTIV_SPOOL_DIR"};
    keeper->listen();
    return keeper;
}

Keeper::Keeper(Ref<GstElement> sink, Ref<GstBus> bus, Notify notify)
    : sink_(std::move(sink)), bus_(std::move(bus)), notify_(std::move(notify)),
      queue_(nullptr, [this](BusQueue::Token, const Event& event) {
          std::visit(Teller{}, event);
          if (notify_) notify_(event);
      }) {}

Keeper::~Keeper() {
    gst_element_set_state(sink_.get(), GST_STATE_NULL);
    BusQueue::detach(sink_.get());
    gst_element_set_bus(sink_.get(), nullptr);
}

void Keeper::stop() {
    gst_element_set_state(sink_.get(), GST_STATE_NULL);
    queue_.flush();
}

/// From here on; what the start said already comes first or among the first.
void Keeper::listen() {
    queue_.attach(sink_.get(), 0);
    const auto send = queue_.sender(0);
    while (const auto message = Ref<GstMessage>::adopt(gst_bus_pop(bus_.get())))
        if (auto event = toEvent(message.get(), nullptr)) send(std::move(*event));
}

} // namespace lm::pipeline
