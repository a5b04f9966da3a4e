import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  server: { proxy: { '/api': 'http://localhost:8000' } },
  build: { target: 'es2023', sourcemap: false, reportCompressedSize: false, chunkSizeWarningLimit: 4000 },
})
