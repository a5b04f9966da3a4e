import treeSitter from '@vscode/tree-sitter-wasm'
import { readFileSync } from 'node:fs'
await treeSitter.Parser.init()
const l = await treeSitter.Language.load('/work/main/node_modules/@vscode/tree-sitter-wasm/wasm/tree-sitter-php.wasm')
const p = new treeSitter.Parser(); p.setLanguage(l)
const show=(n,d,f)=>{console.log(' '.repeat(d)+(f?f+': ':'')+n.type+(n.isNamed?'':' (anon)')+' '+JSON.stringify(n.text.slice(0,50)));n.children.forEach((c,i)=>{if(c.isNamed||process.argv[3])show(c,d+1,n.fieldNameForChild(i))})}
const t=p.parse(readFileSync(process.argv[2],'utf8'));console.log(t.rootNode.hasError);show(t.rootNode,0)
