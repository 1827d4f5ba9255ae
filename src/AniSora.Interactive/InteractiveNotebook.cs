using System.Text.Json.Nodes;
using AniSora.Display.Notebook;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace AniSora.Interactive;

/// <summary>A notebook of .NET Interactive as code in cells sees it. It has no channel to the page, so outputs are as in saved pages.</summary>
internal sealed class InteractiveNotebook : INotebook
{
    /// <summary>The form for pages; text where there is no other.</summary>
    public static string HtmlOf(MimeBundle bundle) =>
        bundle.Data.TryGetValue(HtmlFormatter.MimeType, out object? html) ? html.ToString()! : Display.Html.Of($"<pre>{bundle.Data[PlainTextFormatter.MimeType].ToString()}</pre>").ToString();

    /// <inheritdoc/>
    public CancellationToken Interrupted => KernelInvocationContext.Current?.CancellationToken ?? default;

    /// <inheritdoc/>
    public void Show(MimeBundle bundle, string? id = null, bool update = false)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        if (KernelInvocationContext.Current is not { } context)
            return;
        FormattedValue[] forms = [.. bundle.Data.Select(form => new FormattedValue(form.Key, form.Value is JsonNode json ? json.ToJsonString() : form.Value.ToString()!))];
        context.Publish(update
            ? new DisplayedValueUpdated(bundle, id!, context.Command, forms)
            : new DisplayedValueProduced(bundle, context.Command, forms, id));
    }

    /// <summary>Does nothing: .NET Interactive keeps what was shown.</summary>
    public void Clear(bool wait)
    {
    }

    /// <inheritdoc/>
    public void AddLanguage(string name, Func<string, object?> run) => ((CompositeKernel)Kernel.Root).Add(new LanguageKernel(name, run));

    /// <summary>Does nothing: no page will ask.</summary>
    public void AcceptComms(string target, Action<IComm, JsonNode> opened)
    {
    }
}
