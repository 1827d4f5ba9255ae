namespace AniSora.Display.Notebook;

/// <summary>The painter's controls; Assets/painter.js gives them life. <c>data-for</c> says with what kind of page around it a part is shown.</summary>
internal static class PainterMarkup
{
    public static Html Of(MaskPainter painter, int width)
    {
        int guide = 1024, guideHeight = (int)Math.Round(1024.0 * painter.Height / painter.Width);
        return Html.Of($"""
            <div class="painter" role="group" aria-label="Mask painter" style="--width:{width}px;--frames:{painter.Frames}">
            <div class="tools" data-for="live code">
            <span class="choice" role="radiogroup" aria-label="Tool"><button type="button" role="radio" data-tool="brush" aria-checked="true">Brush</button><button type="button" role="radio" data-tool="box" aria-checked="false">Box</button><button type="button" role="radio" data-tool="erase" aria-checked="false">Erase</button></span>
            <label class="size">Size <input class="radius" type="range" min="1" max="20" step="1" aria-label="Brush radius in pixels"></label>
            <button type="button" class="undo">Undo</button><button type="button" class="clear">Clear</button><button type="button" class="unkey" title="This frame then holds the mask of the key before it">Remove key</button></div>
            <div class="stage" tabindex="0" role="application" aria-label="Frame to paint on. Arrow keys move, Space paints."><canvas class="frame" width="{painter.Width}" height="{painter.Height}"></canvas><canvas class="tint" width="{painter.Width}" height="{painter.Height}"></canvas><canvas class="guide" width="{guide}" height="{guideHeight}"></canvas></div>
            <div class="controls"><button type="button" class="step" data-step="-1" aria-label="Previous frame"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M10.5 3l-5 5 5 5"/></svg></button><button type="button" class="step" data-step="1" aria-label="Next frame"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M5.5 3l5 5-5 5"/></svg></button>
            <input class="scrub" type="range" min="0" max="{painter.Frames - 1}" value="0" step="1" aria-label="Frame"><output class="count"></output></div>
            <div class="keys" role="group" aria-label="Key frames"></div>
            <div class="foot"><span class="about"></span><span class="state" role="status" data-for="live code"></span></div>
            <div class="handover" data-for="code">This page cannot reach the kernel. Copy the code, and read the mask with <b>painter.Load("…").Mask</b>
            <div><textarea class="code" readonly rows="1" aria-label="Code of the mask"></textarea><button type="button" class="copy">Copy</button></div></div>
            <details data-for="live code"><summary>Keys</summary><p>Painted places may move; the rest stays as given. A mask holds until the next key frame.<br>
            <kbd>←↑↓→</kbd> move, with <kbd>Shift</kbd> faster · <kbd>Space</kbd> paints, or sets a box's corner · <kbd>B</kbd> brush · <kbd>X</kbd> box · <kbd>E</kbd> erase · <kbd>[</kbd> <kbd>]</kbd> size · <kbd>,</kbd> <kbd>.</kbd> frames · <kbd>U</kbd> undo · <kbd>Del</kbd> clear</p></details></div>
            """);
    }
}
