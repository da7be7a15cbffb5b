var e=[];function t(t){return t>0?[[0,t]]:e}function n(e,t){let n=e[r(e,t)-1];return n!==void 0&&t<n[1]}function r(e,t){let[n,r]=[0,e.length];for(;n<r;){let i=n+r>>1;e[i][0]<=t?n=i+1:r=i}return n}function i(e){return e.reduce((e,[t,n])=>e+n-t,0)}function a(e){return e.flatMap(([e,t])=>Array.from({length:t-e},(t,n)=>e+n))}function o(e){let t=[];for(let[n,r]of[...e].sort((e,t)=>e[0]-t[0])){let e=t.at(-1);n>=r||(e!==void 0&&n<=e[1]?e[1]=Math.max(e[1],r):t.push([n,r]))}return t}function s(e){return o(Array.from(e,e=>[e,e+1]))}function c(e,t){return o([...e,...t])}function l(e,t){let n=[0,...e.flat(),t];return Array.from({length:n.length/2},(e,r)=>[n[2*r],Math.min(n[2*r+1],t)]).filter(([e,t])=>e<t)}function u(e,t){return d(e,l(t,e.at(-1)?.[1]??0))}function d(e,t){let n=[];for(let[r,i]=[0,0];r<e.length&&i<t.length;){let[[a,o],[s,c]]=[e[r],t[i]],[l,u]=[Math.max(a,s),Math.min(o,c)];l<u&&n.push([l,u]),o<c?r+=1:i+=1}return n}function f(e){let t=[];for(let[n,r]of e){let e=t.at(-1),i=r-n===1,a=e===void 0?0:n+1-e.end;i&&e!==void 0&&p(e,a)?(e.step=a,e.end=r):t.push({start:n,end:r,step:1})}return t}function p({start:e,end:t,step:n},r){return t-e===1||n>1&&n===r}function m(e){return f(e).map(({start:e,end:t,step:n})=>t-e===1?`${e+1}`:`${e+1}-${t}${n===1?``:`/${n}`}`).join(`,`)}var h=/^(\d{1,9})(?:-(\d{1,9})(?:\/([1-9]\d{0,8}))?)?$/,g=1e6;function _(e){let t=[];for(let n of e.split(`,`)){let e=h.exec(n.trim());if(e===null)return null;let r=Number(e[1])-1,i=Number(e[2]??e[1]),a=Number(e[3]??1);if(r<0||i<=r||i>g)return null;if(a===1)t.push([r,i]);else for(let e=r;e<i;e+=a)t.push([e,e+1])}return o(t)}var v={base:25,isNtsc:!1},y=[24,30,48,60,120],b=.005;function x(e){if(!e||e<1)return v;let t=y.find(t=>Math.abs(e-t/1.001)<b);return t===void 0?{base:Math.round(e),isNtsc:!1}:{base:t,isNtsc:!0}}function S(e,{base:t,isNtsc:n}){return Math.round(e*t/(n?1.001:1))}function C(e,{base:t}){let n=Math.floor(e/t);return[Math.floor(n/3600),Math.floor(n/60)%60,n%60,e%t].map(e=>String(e).padStart(2,`0`)).join(`:`)}function w({timeUs:e}){let t=Math.floor(e/1e6),n=e=>String(e).padStart(2,`0`),r=String(e%1e6).padStart(6,`0`),[i,a]=[Math.floor(t/3600),Math.floor(t/60)%60];return`${i}:${n(a)}:${n(t%60)}.${r}`}function T({frames:e}){return e.map(e=>`${w(e)}\n`).join(``)}function E({frames:e}){return[`frame,seconds,name,bytes,sha256`,...e.map(e=>{let t=(e.timeUs/1e6).toFixed(6);return[e.position+1,t,e.name,e.bytes,e.sha256].join(`,`)}),``].join(`\r
`)}function D({name:e,rate:t,frames:n}){let r=n.map((n,r)=>{let i=S(n.timeUs/1e6,t);return[j(r,i,r,t),`* FROM CLIP NAME: ${M(e)}`,`* LOC: ${C(i,t)} CYAN    ${n.name}`].join(`
`)});return A(e)+r.map(e=>`${e}\n`).join(``)}var O=3600;function k({name:e,rate:t,frames:n}){let r=n.map((e,n)=>{let r=O*t.base+S(e.timeUs/1e6,t);return`${j(n,r,r,t)}\n |C:ResolveColorCyan |M:${e.name} |D:1\n`});return`${A(e)}\n${r.join(`
`)}`}function A(e){return`TITLE: ${M(e)}\nFCM: NON-DROP FRAME\n\n`}function j(e,t,n,r){return`${String(e+1).padStart(3,`0`)}  AX       V     C        ${[t,t+1,n,n+1].map(e=>C(e,r)).join(` `)}`}function M(e){return e.replaceAll(/\s+/g,` `).trim()}function N({name:e,rate:t,frames:n}){let r=n.at(-1),i=r===void 0?1:S(r.timeUs/1e6,t)+1,a=n.map(e=>{let n=S(e.timeUs/1e6,t);return`    <marker>
      <name>${F(e.name)}</name>
      <comment>${w(e)}</comment>
      <in>${n}</in>
      <out>-1</out>
    </marker>
`});return`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE xmeml>
<xmeml version="4">
  <sequence>
    <name>${F(M(e))}</name>
    <duration>${i}</duration>
    <rate>
      <timebase>${t.base}</timebase>
      <ntsc>${t.isNtsc?`TRUE`:`FALSE`}</ntsc>
    </rate>
    <media>
      <video>
        <track/>
      </video>
    </media>
${a.join(``)}  </sequence>
</xmeml>
`}var P={"&":`&amp;`,"<":`&lt;`,">":`&gt;`};function F(e){return e.replaceAll(/[\u0000-\u001f\ufffe\uffff]/g,``).toWellFormed().replaceAll(/[&<>]/g,e=>P[e]??``)}export{c as _,N as a,m as b,e as c,l as d,a as f,f as g,i as h,T as i,d as l,_ as m,D as n,k as o,s as p,w as r,x as s,E as t,n as u,t as v,u as y};