using AniSora.Display;

namespace AniSora.Evaluation.Study;

/// <summary>The pages that raters see. They work without the script; that adds keys, waiting for the videos and the time taken.</summary>
internal static class StudyPages
{
    /// <summary>Few words in the middle of a page.</summary>
    public static Html Notice(string title, string text) => Shell(title, Html.Of($"""<main class="notice"><h1>{title}</h1><p>{text}</p></main>"""));

    /// <summary>After the study.</summary>
    public static Html Closed() => Notice("This study is closed", "Thank you for what you have rated; no more is needed.");

    /// <summary>After the last page.</summary>
    public static Html Thanks(StudyInfo study) => Shell(study.Title, Html.Of($"""
        <main class="notice"><h1>Thank you!</h1><p>You have rated everything; all of it is stored. You can close this page.</p></main>
        """));

    /// <summary>Before the first page.</summary>
    public static Html Welcome(StudyInfo study, OpenTrial first)
    {
        bool pairs = study.Design == StudyDesign.Pairs;
        var axes = study.Axes.Select(a => Html.Of($"""<div><dt>{a.Name}</dt><dd>{a.Question} <span>1: {a.Worst}. 5: {a.Best}.</span></dd></div>"""));
        return Shell(study.Title, Html.Of($"""
            <main class="notice welcome {(pairs ? "pairs" : "scale")}"><h1>{study.Title}</h1>
            <p>You will see {first.Total} short animations{(pairs ? " in pairs" : "")}, without sound, made in different ways. {(pairs
                ? "On each line choose which of the two is better, or that they are equal."
                : "Rate each of them on every line from 1 (worst) to 5 (best).")} Go by your first impression; there is no right answer, except where a page tells you what to choose.</p>
            <dl>{axes}</dl>
            <p class="keys">With a keyboard: {(pairs ? Html.Of($"<kbd>←</kbd> left, <kbd>↑</kbd> equal, <kbd>→</kbd> right") : Html.Of($"<kbd>1</kbd>–<kbd>5</kbd> to rate, <kbd>↑</kbd> <kbd>↓</kbd> between lines"))}, <kbd>Enter</kbd> for the next page, <kbd>space</kbd> to pause.</p>
            <p>Each page is stored at once. You may stop at any time and go on later with the same link.</p>
            <a class="button" href="/?begin">Begin</a></main>
            """));
    }

    /// <summary>One or two videos and the questions.</summary>
    public static Html Trial(StudyInfo study, OpenTrial trial, string token)
    {
        bool pairs = study.Design == StudyDesign.Pairs;
        var image = trial.Image is null ? Html.Empty : Html.Of($"""<figure class="given"><img src="/media/{trial.Image}" alt="The given picture"><figcaption>Given picture</figcaption></figure>""");
        var videos = trial.Videos.Select((file, i) =>
        {
            string name = !pairs ? "The animation" : i == 0 ? "Left" : "Right";
            return Html.Of($"""<figure class="clip"><video src="/media/{file}" muted loop autoplay playsinline disablepictureinpicture preload="auto" aria-label="{name}"></video>{(pairs ? Html.Of($"<figcaption>{name}</figcaption>") : Html.Empty)}</figure>""");
        });
        var next = trial.Next.Select(file => Html.Of($"""<video class="next" src="/media/{file}" muted preload="auto" tabindex="-1" aria-hidden="true"></video>"""));
        return Shell($"{trial.Position + 1} of {trial.Total}", Html.Of($"""
            <main class="trial {(pairs ? "pairs" : "scale")}">
            <div class="progress"><progress max="{trial.Total}" value="{trial.Position}" aria-label="Pages rated"></progress><span>{trial.Position + 1} of {trial.Total}</span><button type="button" class="pause" hidden>Pause</button></div>
            <div class="stage"><div class="clips">{image}{videos}</div><p class="loading" role="status">Loading…</p>
            {Words(study, trial)}</div>
            <form method="post" action="/rate">
            <input type="hidden" name="token" value="{token}"><input type="hidden" name="position" value="{trial.Position}"><input type="hidden" name="milliseconds" value="0">
            {study.Axes.Select(axis => pairs ? Comparison(axis) : Scale(axis))}
            <button class="button">Next</button><p class="missing" role="alert"></p></form>
            <div hidden>{next}</div></main>
            """));
    }

    private static Html Words(StudyInfo study, OpenTrial trial) => trial.Expected is { } expected
        ? Html.Of($"""<p class="prompt check">This page checks that somebody reads. Whatever you see, choose <b>{(study.Design == StudyDesign.Scale ? expected.ToString(System.Globalization.CultureInfo.InvariantCulture) : expected > 0 ? "left" : "right")}</b> on every line.</p>""")
        : trial.Prompt is null ? Html.Empty : Html.Of($"""<p class="prompt">“{trial.Prompt}”</p>""");

    private static Html Scale(StudyAxis axis) => Axis(axis, Enumerable.Range(1, 5).Select(v => (v, $"{v}", v == 1 ? $"1, {axis.Worst}" : v == 5 ? $"5, {axis.Best}" : $"{v}")), Html.Of($"""
        <div class="ends" aria-hidden="true"><span>{axis.Worst}</span><span>{axis.Best}</span></div>
        """));

    private static Html Comparison(StudyAxis axis) => Axis(axis, [(1, "← left", "left is better"), (0, "equal", "equal"), (-1, "right →", "right is better")], Html.Empty);

    private static Html Axis(StudyAxis axis, IEnumerable<(int Value, string Text, string Label)> choices, Html below) => Html.Of($"""
        <fieldset><legend>{axis.Name} <small>{axis.Question}</small></legend>
        <div class="choices">{choices.Select(c => Html.Of($"""<label><input type="radio" name="{axis.Key}" value="{c.Value}" aria-label="{c.Label}" required><span aria-hidden="true">{c.Text}</span></label>"""))}</div>{below}</fieldset>
        """);

    private static Html Shell(string title, Html body) => Html.Of($"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
        <title>{title}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/study.css"><script src="/study.js" defer></script></head>
        <body>{body}</body></html>
        """);
}
