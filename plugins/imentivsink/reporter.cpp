#include "plugins/imentivsink/reporter.hpp"

#include "plugins/common/handles.hpp"
#include "plugins/common/names.hpp"
#include "plugins/imentivsink/encoding.hpp"
#include "plugins/imentivsink/log.hpp"

#include <utility>

namespace lm::imentivsink {
namespace {

namespace names = lm::names::imentivsink;

std::string identityText(const Identity& identity) {
    return "meeting '" + headerValue(identity.meeting) + "', participant '" +
           headerValue(identity.participant) + "', track '" + headerValue(identity.track) + "'";
}

thread_local const Reporter* talkingHere = nullptr;

/// What is counted by reference on both sides of a message, and needs no type of this plugin.
Ref<GBytes> bytesHolding(std::shared_ptr<Receipt> receipt) {
    return Ref<GBytes>::adopt(g_bytes_new_with_free_func(
        nullptr, 0, [](gpointer held) { delete static_cast<std::shared_ptr<Receipt>*>(held); },
        new std::shared_ptr<Receipt>(std::move(receipt))));
}

/// False when nobody will read it.
bool post(GstElement* element, GstStructure* structure) {
    return gst_element_post_message(element, gst_message_new_element(GST_OBJECT(element), structure)) !=
           FALSE;
}

/// A delivery that nobody is told of is noted by nobody.
void keepUntold(const Report& report) {
    const auto* delivered = std::get_if<DeliveredFromSpool>(&report);
    if (delivered && delivered->receipt) delivered->receipt->keepFile();
}

void postEos(GstElement* element, guint32 seqnum) {
    GstMessage* message = gst_message_new_eos(GST_OBJECT(element));
    gst_message_set_seqnum(message, seqnum);
    gst_element_post_message(element, message);
}

} // namespace

Reporter::Reporter(GstElement* element, const Target& target)
    : session_(target.session), identity_(identityText(target.identity)) {
    g_weak_ref_init(&element_, element);
}

Reporter::~Reporter() {
    g_weak_ref_clear(&element_);
}

void Reporter::operator()(const Report& report) {
    {
        auto gate = gate_.lock();
        if (gate->closed) return keepUntold(report);
        ++gate->talking;
    }
    const Reporter* outer = std::exchange(talkingHere, this);
    {
        const auto element = Ref<GstElement>::adopt(static_cast<GstElement*>(g_weak_ref_get(&element_)));
        if (element)
            std::visit([&](const auto& one) { tell(element.get(), one); }, report);
        else
            keepUntold(report);
    }
    talkingHere = outer;
    --gate_.lock()->talking;
    quiet_.notify_all();
}

void Reporter::silence() {
    const unsigned own = talkingHere == this ? 1 : 0; // asked for from inside a report, by a bus handler
    auto gate = gate_.lock();
    gate->closed = true;
    gate.wait(quiet_, [&] { return gate->talking <= own; });
}

GstStructure* Reporter::structure(const char* name, const BlockInfo& block) const {
    return gst_structure_new(name, "sequence", G_TYPE_UINT64, guint64{block.sequence}, "sample",
                             G_TYPE_UINT64, guint64{block.sample}, "samples", G_TYPE_UINT64,
                             guint64{block.samples}, "key", G_TYPE_STRING,
                             idempotencyKey(session_, block.sequence).c_str(), nullptr);
}

GstStructure* Reporter::structure(const char* name, const BlockInfo& block, const SpoolOrigin& origin) const {
    GstStructure* s = structure(name, block);
    gst_structure_set(s, "key", G_TYPE_STRING, idempotencyKey(origin.session, block.sequence).c_str(),
                      "meeting", G_TYPE_STRING, origin.identity.meeting.c_str(), "participant", G_TYPE_STRING,
                      origin.identity.participant.c_str(), "track", G_TYPE_STRING,
                      origin.identity.track.c_str(), "own", G_TYPE_BOOLEAN, origin.session == session_,
                      nullptr);
    return s;
}

std::string Reporter::describe(const BlockInfo& block) const {
    return identity_ + ", block " + std::to_string(block.sequence) + " (samples " +
           std::to_string(block.sample) + " to " + std::to_string(block.sample + block.samples) + ")";
}

void Reporter::tell(GstElement* element, const Delivered& report) {
    const Run before = [&] {
        auto run = run_.lock();
        const Run old = *run;
        run->failing = run->dropping = run->spooling = false;
        return old;
    }();
    if (before.failing || before.dropping || before.spooling)
        GST_INFO_OBJECT(element, "delivering again: %s", describe(report.block).c_str());
    GstStructure* s = structure(names::msgDelivered, report.block);
    gst_structure_set(s, "attempts", G_TYPE_UINT, report.attempts, "status", G_TYPE_UINT, report.status,
                      "latency-ns", G_TYPE_UINT64, guint64{report.latencyNs}, nullptr);
    if (report.response) gst_structure_set(s, "response", G_TYPE_STRING, report.response->c_str(), nullptr);
    post(element, s);
}

void Reporter::tell(GstElement* element, const Retrying& report) {
    GST_DEBUG_OBJECT(element, "attempt %u failed, next in %" G_GINT64_FORMAT " ms: %s: %s", report.attempt,
                     gint64{report.delay.count()}, describe(report.block).c_str(), report.reason.c_str());
    const std::chrono::nanoseconds delay = report.delay;
    GstStructure* s = structure(names::msgRetrying, report.block);
    gst_structure_set(s, "attempt", G_TYPE_UINT, report.attempt, "delay-ns", G_TYPE_UINT64,
                      static_cast<guint64>(delay.count()), "reason", G_TYPE_STRING, report.reason.c_str(),
                      "status", G_TYPE_UINT, report.status, nullptr);
    post(element, s);
}

void Reporter::tell(GstElement* element, const Failed& report) {
    const bool first = !std::exchange(run_.lock()->failing, true);
    const auto level = first ? GST_LEVEL_WARNING : GST_LEVEL_DEBUG;
    GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level, element, "not delivered after %u attempts: %s: %s",
                      report.attempts, describe(report.block).c_str(), report.reason.c_str());
    GstStructure* s = structure(names::msgFailed, report.block);
    gst_structure_set(s, "attempts", G_TYPE_UINT, report.attempts, "status", G_TYPE_UINT, report.status,
                      "reason", G_TYPE_STRING, report.reason.c_str(), nullptr);
    post(element, s);
}

void Reporter::tell(GstElement* element, const Dropped& report) {
    const bool first = !std::exchange(run_.lock()->dropping, true);
    const auto level = first ? GST_LEVEL_WARNING : GST_LEVEL_DEBUG;
    GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level, element, "dropped, the recording is not affected: %s: %s",
                      describe(report.block).c_str(), report.reason.c_str());
    GstStructure* s = structure(names::msgDropped, report.block);
    gst_structure_set(s, "reason", G_TYPE_STRING, report.reason.c_str(), nullptr);
    post(element, s);
}

void Reporter::tell(GstElement* element, const Skipped& report) {
    GST_DEBUG_OBJECT(element, "not sent: %s: %s", describe(report.block).c_str(), report.reason.c_str());
    GstStructure* s = structure(names::msgSkipped, report.block);
    gst_structure_set(s, "reason", G_TYPE_STRING, report.reason.c_str(), nullptr);
    post(element, s);
}

void Reporter::tell(GstElement* element, const Spooled& report) {
    const bool first = !std::exchange(run_.lock()->spooling, true);
    const auto level = first ? GST_LEVEL_WARNING : GST_LEVEL_DEBUG;
    GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level, element, "kept on disk, will be delivered later: %s: %s",
                      describe(report.block).c_str(), report.reason.c_str());
    GstStructure* s = structure(names::msgSpooled, report.block);
    gst_structure_set(s, "attempts", G_TYPE_UINT, report.attempts, "status", G_TYPE_UINT, report.status,
                      "reason", G_TYPE_STRING, report.reason.c_str(), nullptr);
    post(element, s);
}

void Reporter::tell(GstElement* element, const DeliveredFromSpool& report) {
    GST_DEBUG_OBJECT(element, "delivered out of the spool: %s, block %" G_GUINT64_FORMAT,
                     identityText(report.origin.identity).c_str(), guint64{report.block.sequence});
    GstStructure* s = structure(names::msgDeliveredFromSpool, report.block, report.origin);
    gst_structure_set(s, "attempts", G_TYPE_UINT, report.attempts, "status", G_TYPE_UINT, report.status,
                      "age-ns", G_TYPE_UINT64, guint64{report.ageNs}, nullptr);
    if (report.response) gst_structure_set(s, "response", G_TYPE_STRING, report.response->c_str(), nullptr);
    if (report.receipt) {
        const auto held = bytesHolding(report.receipt);
        gst_structure_set(s, "receipt", G_TYPE_BYTES, held.get(), nullptr);
    }
    if (!post(element, s)) keepUntold(report);
}

void Reporter::tell(GstElement* element, const DeadLettered& report) {
    const bool first = !std::exchange(run_.lock()->failing, true);
    const auto level = first ? GST_LEVEL_WARNING : GST_LEVEL_DEBUG;
    GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level, element,
                      "will not be delivered, kept as a dead letter: %s, block %" G_GUINT64_FORMAT ": %s",
                      identityText(report.origin.identity).c_str(), guint64{report.block.sequence},
                      report.reason.c_str());
    GstStructure* s = structure(names::msgDeadLetter, report.block, report.origin);
    gst_structure_set(s, "attempts", G_TYPE_UINT, report.attempts, "status", G_TYPE_UINT, report.status,
                      "reason", G_TYPE_STRING, report.reason.c_str(), nullptr);
    post(element, s);
}

/// A refused key is an error: nothing works until somebody sets another one.
void Reporter::tell(GstElement* element, const CircuitChanged& report) {
    const bool open = std::string_view(report.state) == "open";
    const bool alarm = open && report.refused && !std::exchange(run_.lock()->alarmed, true);
    if (!report.refused) run_.lock()->alarmed = false;
    const bool opened = open && !report.refused && !std::exchange(run_.lock()->opened, true);
    if (std::string_view(report.state) == "closed") run_.lock()->opened = false;
    const auto level = alarm ? GST_LEVEL_ERROR : opened ? GST_LEVEL_WARNING : GST_LEVEL_INFO;
    GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level, element, "%s: circuit %s: %s", report.endpoint.c_str(),
                      report.state, report.reason.c_str());
    post(element, gst_structure_new(names::msgCircuit, "endpoint", G_TYPE_STRING, report.endpoint.c_str(),
                                    "state", G_TYPE_STRING, report.state, "failures", G_TYPE_UINT,
                                    report.failures, "refused", G_TYPE_BOOLEAN, report.refused, "reason",
                                    G_TYPE_STRING, report.reason.c_str(), nullptr));
}

void Reporter::tell(GstElement* element, const SpoolNotice& report) {
    GST_WARNING_OBJECT(element, "spool: %s", report.text.c_str());
    post(element,
         gst_structure_new(names::msgSpoolNotice, "text", G_TYPE_STRING, report.text.c_str(), nullptr));
}

void Reporter::tell(GstElement* element, const Drained&) {
    std::optional<guint32> seqnum;
    {
        auto eos = eos_.lock();
        if (*eos && !std::exchange((*eos)->posted, true)) seqnum = (*eos)->seqnum;
    }
    if (seqnum) postEos(element, *seqnum);
}

void Reporter::repeatEos() {
    const auto eos = *eos_.lock();
    const auto element = Ref<GstElement>::adopt(static_cast<GstElement*>(g_weak_ref_get(&element_)));
    if (eos && eos->posted && element) postEos(element.get(), eos->seqnum);
}

} // namespace lm::imentivsink
