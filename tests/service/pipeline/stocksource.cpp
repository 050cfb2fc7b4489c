#include "tests/service/pipeline/stocksource.hpp"

#include <gio/gio.h>
#include <gst/gst.h>

namespace lm::test {
namespace {

void ignore(GObject*, guint, const GValue*, GParamSpec*) {}

void classInit(gpointer klass, gpointer) {
    auto* objects = static_cast<GObjectClass*>(klass);
    objects->set_property = ignore;
    g_object_class_install_property(
        objects, 1000,
        g_param_spec_object("connection", "", "", G_TYPE_IO_STREAM,
                            static_cast<GParamFlags>(G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS)));
}

} // namespace

void registerStockSource() {
    static const bool once = [] {
        GstElement* parent = gst_element_factory_make("audiotestsrc", nullptr);
        GTypeQuery query = {};
        g_type_query(G_OBJECT_TYPE(parent), &query);
        GTypeInfo info = {};
        info.class_size = static_cast<guint16>(query.class_size);
        info.instance_size = static_cast<guint16>(query.instance_size);
        info.class_init = classInit;
        const GType type =
            g_type_register_static(G_OBJECT_TYPE(parent), "StockSource", &info, G_TYPE_FLAG_NONE);
        gst_object_unref(parent);
        return gst_element_register(nullptr, "stocksource", GST_RANK_NONE, type) != FALSE;
    }();
    g_assert(once);
}

} // namespace lm::test
