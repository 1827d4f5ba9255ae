// Style checks of the notebooks: short cells, light outputs that name no machine, run once from top to bottom. Changes nothing.
// Run from the repository's folder: node scripts/lint-notebooks.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';

const kernel = { name: '.net-csharp', display_name: '.NET (C#)', language: 'C#' };
const most = { cells: 12, lines: 14, columns: 125, bytes: 400_000 };

// Folders at the root of machines; the rest of a path says where somebody works.
const absolute = /(?<![\w./~-])\/(?:home|root|tmp|usr|var|opt|mnt|srv|media|Users|workspace)\/[\w.-]+/g;
const data = /data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+/g;
const machine = [process.cwd(), hostname()].filter(name => name.length > 3 && name !== 'localhost');

const text = value => (Array.isArray(value) ? value.join('') : value ?? '');

function* faultsOf(bytes) {
    if (bytes.length > most.bytes)
        yield `${Math.round(bytes.length / 1000)} kB; keep outputs light (at most ${most.bytes / 1000} kB): fewer clips, fewer colours`;
    const notebook = JSON.parse(bytes.toString('utf8')), cells = notebook.cells, spec = notebook.metadata.kernelspec ?? {};
    if (notebook.nbformat !== 4 || notebook.metadata.language_info?.name !== 'C#' || Object.keys(kernel).some(key => spec[key] !== kernel[key]))
        yield `its metadata must name the kernel ${JSON.stringify(kernel)} and the language C#`;
    if (!text(cells.at(0)?.source).startsWith('# ') || !text(cells.at(-1)?.source).startsWith('## Next'))
        yield 'must begin with a title (# …) and end with what to try next (## Next)';
    const code = cells.filter(cell => cell.cell_type === 'code');
    if (!text(code[0]?.source).startsWith('#!import "start.csx"'))
        yield 'the first code cell must begin with #!import "start.csx"';
    if (code.length > most.cells)
        yield `${code.length} code cells; at most ${most.cells}: a notebook has one purpose`;
    for (const [i, cell] of code.entries()) {
        for (const fault of faultsOfCell(cell, i + 1))
            yield `cell ${i + 1}: ${fault}`;
    }
}

function* faultsOfCell(cell, number) {
    const source = text(cell.source), lines = source.split('\n'), longest = Math.max(...lines.map(line => line.length));
    if (lines.length > most.lines)
        yield `${lines.length} lines; at most ${most.lines}: what is longer belongs in src/`;
    if (longest > most.columns)
        yield `a line of ${longest} characters; at most ${most.columns} fit the page`;
    if (cell.execution_count !== number)
        yield `was run as ${cell.execution_count}; run all from the top and save (make run-notebooks)`;
    let shown = source;
    for (const output of cell.outputs) {
        if (output.output_type === 'error')
            yield `ended with ${output.ename}`;
        if (output.name === 'stderr')
            yield 'wrote to standard error';
        shown += '\n' + text(output.text) + Object.entries(output.data ?? {}).filter(([kind]) => kind.startsWith('text/')).map(([, value]) => text(value)).join('\n');
    }
    shown = shown.replace(data, '');
    for (const found of new Set([...(shown.match(absolute) ?? []), ...machine.filter(name => shown.includes(name))]))
        yield `names "${found}", which is of one machine only`;
}

for (const file of readdirSync('notebooks').filter(name => name.endsWith('.ipynb')).sort()) {
    let faults;
    try {
        faults = [...faultsOf(readFileSync(`notebooks/${file}`))];
    } catch (error) {
        faults = [`is no notebook: ${error.message}`];
    }
    for (const fault of faults) {
        console.error(`lint: notebooks/${file}: ${fault}`);
        process.exitCode = 1;
    }
}
